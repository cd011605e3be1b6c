import { RESOURCES, type ResourceShares } from '../domain/workload.ts';
import { growFloats, growInts } from './columns.ts';

/** A usage report older than this is forgotten, ms. */
const REPORT_TTL_MS = 10_000;
const R = RESOURCES.length;

/** A demand as four numbers in the order of {@link RESOURCES}. */
export type Demand = readonly [number, number, number, number];

export function toDemand(shares: Partial<ResourceShares> | undefined): Demand | null {
  if (shares === undefined) return null;
  const { cpu = 0, memory = 0, network = 0, storage = 0 } = shares;
  return cpu === 0 && memory === 0 && network === 0 && storage === 0 ? null : [cpu, memory, network, storage];
}

/** Limits, reservations and reported usage per component, in percent; four columns each, interleaved by component. */
export class ResourceLedger {
  private limits = new Float64Array(8 * R);
  private reserved = new Float64Array(8 * R);
  private reported = new Float64Array(8 * R);
  private reportedAt = new Float64Array(8);
  /** Reservations of running attempts; at 0 the sums are reset, so that rounding errors do not pile up. */
  private holders = new Int32Array(8);

  reset(i: number, limits: Partial<ResourceShares>): void {
    while (i >= this.holders.length) this.grow();
    this.reserved.fill(0, i * R, i * R + R);
    this.reported.fill(0, i * R, i * R + R);
    this.reportedAt[i] = Number.NEGATIVE_INFINITY;
    this.holders[i] = 0;
    for (let r = 0; r < R; r++) this.limits[i * R + r] = limits[RESOURCES[r]!] ?? 100;
  }

  setLimits(i: number, limits: Partial<ResourceShares>): void {
    for (let r = 0; r < R; r++) {
      const limit = limits[RESOURCES[r]!];
      if (limit !== undefined) this.limits[i * R + r] = limit;
    }
  }

  reserve(i: number, demand: Demand): void {
    this.holders[i]!++;
    for (let r = 0; r < R; r++) this.reserved[i * R + r]! += demand[r]!;
  }

  free(i: number, demand: Demand): void {
    if (--this.holders[i]! === 0) this.reserved.fill(0, i * R, i * R + R);
    else for (let r = 0; r < R; r++) this.reserved[i * R + r]! -= demand[r]!;
  }

  /** @param t ms since the ledger's origin */
  report(i: number, usage: Partial<ResourceShares>, t: number): void {
    for (let r = 0; r < R; r++) {
      const used = usage[RESOURCES[r]!];
      if (used !== undefined) this.reported[i * R + r] = used;
    }
    this.reportedAt[i] = t;
  }

  limit(i: number, r: number): number {
    return this.limits[i * R + r]!;
  }

  /** The larger of reserved and freshly reported. */
  used(i: number, r: number, t: number): number {
    const reserved = this.reserved[i * R + r]!;
    if (t - this.reportedAt[i]! > REPORT_TTL_MS) return reserved;
    return Math.max(reserved, this.reported[i * R + r]!);
  }

  /** Whether a demand fits into what is free, in all four. */
  fits(i: number, demand: Demand, t: number): boolean {
    for (let r = 0; r < R; r++) {
      const d = demand[r]!;
      if (d > 0 && this.used(i, r, t) + d > this.limits[i * R + r]! + 1e-9) return false;
    }
    return true;
  }

  /** Dominant share: the largest of (used + demand) / limit over the four; Infinity where a limit of 0 is used. */
  dominantShare(i: number, demand: Demand | null, t: number): number {
    let worst = 0;
    for (let r = 0; r < R; r++) {
      const used = this.used(i, r, t) + (demand === null ? 0 : demand[r]!);
      const limit = this.limits[i * R + r]!;
      const share = limit > 0 ? used / limit : used > 0 ? Number.POSITIVE_INFINITY : 0;
      if (share > worst) worst = share;
    }
    return worst;
  }

  private grow(): void {
    const size = this.holders.length * 2;
    this.limits = growFloats(this.limits, size * R);
    this.reserved = growFloats(this.reserved, size * R);
    this.reported = growFloats(this.reported, size * R);
    this.reportedAt = growFloats(this.reportedAt, size);
    this.holders = growInts(this.holders, size);
  }
}
