import { RESOURCES, type ResourceName, type ResourceShares } from '../domain/workload.ts';
import { growFloats, growInts } from '../lib/typed-arrays.ts';

/** A usage report older than this is forgotten, ms. */
const REPORT_TTL_MS = 10_000;
const R = RESOURCES.length;

/** A demand as four numbers in the order of {@link RESOURCES}. */
export type Demand = readonly [number, number, number, number];

const NOTHING: Demand = [0, 0, 0, 0];

export function toDemand(shares: Partial<ResourceShares> | undefined): Demand | null {
  if (shares === undefined) return null;
  const { cpu = 0, memory = 0, network = 0, storage = 0 } = shares;
  return cpu === 0 && memory === 0 && network === 0 && storage === 0 ? null : [cpu, memory, network, storage];
}

/** Limits, reservations and reported usage per component, in percent; four columns each, interleaved by component. */
export class ResourceUsage {
  private limits = new Float64Array(8 * R);
  /** 1 / limit: Infinity for a limit of 0. */
  private perLimit = new Float64Array(8 * R);
  private reserved = new Float64Array(8 * R);
  private reported = new Float64Array(8 * R);
  private reportedAt = new Float64Array(8);
  /** Reservations of running attempts; at 0 the sums are reset, so that rounding errors do not pile up. */
  private holders = new Int32Array(8);
  /** The same over all components, and when the last report came: mostly there is neither. */
  private held = 0;
  private lastReportAt = Number.NEGATIVE_INFINITY;

  reset(i: number, limits: Partial<ResourceShares>): void {
    while (i >= this.holders.length) this.grow();
    this.reserved.fill(0, i * R, i * R + R);
    this.reported.fill(0, i * R, i * R + R);
    this.reportedAt[i] = Number.NEGATIVE_INFINITY;
    this.held -= this.holders[i]!;
    this.holders[i] = 0;
    for (let r = 0; r < R; r++) this.setLimit(i, r, limits[RESOURCES[r]!] ?? 100);
  }

  setLimits(i: number, limits: Partial<ResourceShares>): void {
    for (let r = 0; r < R; r++) {
      const limit = limits[RESOURCES[r]!];
      if (limit !== undefined) this.setLimit(i, r, limit);
    }
  }

  private setLimit(i: number, r: number, limit: number): void {
    this.limits[i * R + r] = limit;
    this.perLimit[i * R + r] = 1 / limit;
  }

  reserve(i: number, demand: Demand): void {
    this.holders[i]!++;
    this.held++;
    for (let r = 0; r < R; r++) this.reserved[i * R + r]! += demand[r]!;
  }

  free(i: number, demand: Demand): void {
    this.held--;
    if (--this.holders[i]! === 0) this.reserved.fill(0, i * R, i * R + R);
    else for (let r = 0; r < R; r++) this.reserved[i * R + r]! -= demand[r]!;
  }

  /** @param t ms since the balancer's time 0 */
  report(i: number, usage: Partial<ResourceShares>, t: number): void {
    for (let r = 0; r < R; r++) {
      const used = usage[RESOURCES[r]!];
      if (used !== undefined) this.reported[i * R + r] = used;
    }
    this.reportedAt[i] = t;
    if (t > this.lastReportAt) this.lastReportAt = t;
  }

  /** Whether nothing is used anywhere, as far as is known: then every share without a demand is 0. */
  isIdle(t: number): boolean {
    return this.held === 0 && !(t - this.lastReportAt <= REPORT_TTL_MS);
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

  /** What a demand exceeds although nothing else runs there; undefined: nothing. */
  exceeded(i: number, demand: Demand): ResourceName | undefined {
    for (let r = 0; r < R; r++) if (demand[r]! > this.limits[i * R + r]! + 1e-9) return RESOURCES[r];
    return undefined;
  }

  /** Whether a demand fits into what is free, in all four. */
  fits(i: number, demand: Demand, t: number): boolean {
    const { limits, reserved, reported } = this;
    const fresh = t - this.reportedAt[i]! <= REPORT_TTL_MS;
    for (let r = 0, at = i * R; r < R; r++, at++) {
      const d = demand[r]!;
      if (d === 0) continue;
      const used = fresh && reported[at]! > reserved[at]! ? reported[at]! : reserved[at]!;
      if (used + d > limits[at]! + 1e-9) return false;
    }
    return true;
  }

  /** The dominant shares, the largest of (used + demand) / limit over the four, of `list[0 .. count)`, all at once since policies ask for them on every pick. */
  dominantShares(list: Int32Array, count: number, demand: Demand | null, t: number, into: Float64Array): void {
    const { perLimit, reserved, reported, reportedAt, holders } = this;
    const added = demand ?? NOTHING;
    for (let k = 0; k < count; k++) {
      const i = list[k]!;
      const at = i * R;
      const fresh = t - reportedAt[i]! <= REPORT_TTL_MS;
      if (demand === null && !fresh && holders[i] === 0) {
        into[k] = 0;
        continue;
      }
      let worst = 0;
      for (let r = 0; r < R; r++) {
        const used = fresh && reported[at + r]! > reserved[at + r]! ? reported[at + r]! : reserved[at + r]!;
        const wanted = used + added[r]!;
        // nothing of a limit of 0 is no share
        if (wanted > 0 && wanted * perLimit[at + r]! > worst) worst = wanted * perLimit[at + r]!;
      }
      into[k] = worst;
    }
  }

  private grow(): void {
    const size = this.holders.length * 2;
    this.limits = growFloats(this.limits, size * R);
    this.perLimit = growFloats(this.perLimit, size * R);
    this.reserved = growFloats(this.reserved, size * R);
    this.reported = growFloats(this.reported, size * R);
    this.reportedAt = growFloats(this.reportedAt, size);
    this.holders = growInts(this.holders, size);
  }
}
