import { ForwardDecay } from '../lib/forward-decay.ts';
import { growFloats } from '../lib/typed-arrays.ts';
import { WeightedMoments } from '../lib/weighted-moments.ts';

/** Latency in a crowd may be this many times that of an uncrowded component before the limit is lowered (Netflix's Gradient2). */
const TOLERANCE = 1.2;
/** One cut takes no more than this (Gradient2). */
const STEEPEST = 0.5;
/** An attempt that starts with at most this share of the limit in use, itself included, tells of an uncrowded component… */
const FEW = 0.5;
/** …and one with at least this share tells of a crowd. */
const MANY = 0.8;
/** The limit is looked at after so many crowded executions: fewer tell little, more make it slow. */
const EVERY = 16;
/** Uncrowded executions, decayed, that a comparison needs. */
const ENOUGH = 4;
/** A baseline probe keeps this many earlier uncrowded executions, and lasts for as many more plus one for each slot. */
const LOOK = 8;
/** How long executions count, ms: as long as the mean of their type, by which they are divided, goes back. */
const MEMORY_MS = 60_000;
/** A cut needs a baseline probe that is no older than this many decisions. */
const FRESH = 3;
/** Time between baseline probes at first, ms… */
const LOOK_AGAIN_MS = 3_000;
/** …and each makes the time to the next one three times as long, up to this, unless the crowd becomes slower meanwhile. */
const PATIENCE_GROWS = 3;
const PATIENT_MS = 600_000;
/** Longest time between baseline probes while the limit is below the maximum, ms. */
const LOWERED_MS = 10_000;
/** After a cut to less than this share of the limit the next baseline probe comes soon: the true capacity may be lower still. */
const DEEP = 0.9;
/** Standard errors that a difference must exceed to count (one-sided 95 %). */
const BEYOND_CHANCE = 1.645;

/** How crowded a component was when an attempt started. */
export const Crowd = { unknown: 0, few: 1, many: 2 } as const;
export type Crowd = (typeof Crowd)[keyof typeof Crowd];

/**
 * Adaptive concurrency: a limit for each component beneath its configured maximum, for those that can do less at a time
 * than they say. Like Gradient2 (Netflix/concurrency-limits) the limit moves to `limit · gradient + ½√limit` with
 * `gradient = clamp(1.2 · uncrowded/crowded, ½, 1)`. Unlike it
 *
 * - the two latencies are those of executions that started while at most half, and at least 80 %, of the limit was in use.
 *   Gradient2's long-term mean gets used to a crowd that stays, and takes whatever becomes slower for a crowd; these two rise
 *   together when a component slows down, so that it keeps its slots;
 * - latencies are relative to the work's type, and a cut needs a difference beyond chance (one-sided 95 %), since service times
 *   vary as much as their mean;
 * - before a cut, and where a component is always in a crowd, its *baseline is probed*: its limit is halved until a dozen
 *   executions have shown its latency without a crowd (Envoy's adaptive concurrency filter measures its minimum likewise).
 *
 * The limit is 1 at least, the configured maximum at most and at first. Where a component's true capacity is c it comes to
 * rest where `1.2 · c + ½√limit = limit`, a third to a half above c, which keeps the component busy. Times in ms since the
 * balancer's time 0.
 */
export class ConcurrencyLimits {
  private readonly decay = new ForwardDecay(MEMORY_MS);
  private readonly few = new WeightedMoments();
  private readonly many = new WeightedMoments();
  /** Configured maximum. */
  private capacity = new Float64Array(8);
  private limit = new Float64Array(8);
  /** Crowded executions since the limit was last decided on; below 0: so many belong to the limit before. */
  private since = new Float64Array(8);
  /** When the last baseline probe ended; Infinity while one is under way. */
  private probedAt = new Float64Array(8);
  /** Decisions that may still rest on that probe. */
  private decisionsLeft = new Float64Array(8);
  /** Time between baseline probes, ms. */
  private probeIntervalMs = new Float64Array(8);
  /** Mean latency in a crowd after the last baseline probe; NaN until there is one. */
  private latencyAfterProbe = new Float64Array(8);

  constructor() {
    this.decay.onRescale((by) => {
      this.few.rescale(by);
      this.many.rescale(by);
    });
  }

  /** A component is new, or its maximum has changed: nothing is known of it. */
  reset(i: number, capacity: number): void {
    while (i >= this.limit.length) this.grow();
    this.capacity[i] = capacity;
    this.limit[i] = capacity;
    this.since[i] = 0;
    this.probedAt[i] = Number.NEGATIVE_INFINITY;
    this.decisionsLeft[i] = 0;
    this.probeIntervalMs[i] = LOOK_AGAIN_MS;
    this.latencyAfterProbe[i] = Number.NaN;
    this.few.scale(i, 0);
    this.many.scale(i, 0);
  }

  /** How crowded a component is for an attempt that starts. @param taken slots in use, its own included. */
  crowd(i: number, taken: number): Crowd {
    const limit = slots(this.limit[i]!);
    if (taken <= Math.max(1, limit * FEW)) return Crowd.few;
    return taken >= limit * MANY ? Crowd.many : Crowd.unknown;
  }

  /**
   * An execution has finished, or has been given up after that long.
   * @param relative its duration over the mean of its type.
   * @returns slots from now on, 1 to the maximum; 0: as they were.
   */
  finished(i: number, t: number, crowd: Crowd, relative: number): number {
    const w = this.decay.at(t);
    if (this.since[i]! < 0) {
      this.since[i]!++;
      if (crowd === Crowd.few) this.few.add(i, relative, w);
      return 0;
    }
    if (crowd === Crowd.few) this.few.add(i, relative, w);
    else if (crowd === Crowd.many) this.many.add(i, relative, w);
    if (this.probedAt[i] === Number.POSITIVE_INFINITY) {
      if (this.few.count[i]! < (2 * LOOK + this.limit[i]!) * w) return 0;
      this.probedAt[i] = t;
      // of the executions that began in the probe the quick ones have finished first: those still running belong to it too
      this.since[i] = -slots(this.limit[i]!);
      return slots(this.limit[i]!);
    }
    // with a limit of 1 no execution is ever in a crowd, and the limit must still be able to rise
    const counts = crowd === Crowd.many || (crowd === Crowd.few && this.limit[i]! < 2);
    if (!counts || ++this.since[i]! < EVERY) return 0;
    this.since[i] = 0;
    return this.decide(i, t, w);
  }

  private decide(i: number, t: number, w: number): number {
    const before = this.limit[i]!;
    const known = this.few.count[i]! >= ENOUGH * w;
    const gradient = before < 2 ? 1 : known ? this.gradient(i) : Number.NaN;
    const rest = Math.sqrt(before) / 2;
    let next = before;
    if (gradient === 1) next = before + rest;
    else if (this.shouldProbe(i, t, w)) return this.probeBaseline(i, w);
    else if (known && this.decisionsLeft[i]! > 0 && this.isSure(i, w)) {
      next = before * gradient + rest;
      if (next < before * DEEP) this.probeIntervalMs[i] = LOOK_AGAIN_MS;
    }
    if (this.decisionsLeft[i]! > 0) this.decisionsLeft[i]!--;
    if (Number.isNaN(this.latencyAfterProbe[i]!)) this.latencyAfterProbe[i] = this.many.mean(i);
    // a crowd is measured by its last few dozen
    this.many.scale(i, 0.5);
    next = Math.min(this.capacity[i]!, Math.max(1, next));
    if (next === before) return 0;
    this.limit[i] = next;
    if (next < before) this.since[i] = -slots(before);
    // what is known was measured in another crowd
    const kept = (Math.min(next, before) / Math.max(next, before)) ** 2;
    this.few.scale(i, kept);
    this.many.scale(i, kept);
    return slots(next);
  }

  /**
   * Whether the baseline should be probed: because the interval is over, or because the latency in a crowd is higher than it
   * was after the last probe.
   */
  private shouldProbe(i: number, t: number, w: number): boolean {
    const since = t - this.probedAt[i]!;
    const patience = this.probeIntervalMs[i]!;
    if (since > (this.limit[i]! < this.capacity[i]! ? Math.min(patience, LOWERED_MS) : patience)) return true;
    const slower = this.many.mean(i) - BEYOND_CHANCE * this.many.error(i, w) > TOLERANCE * this.latencyAfterProbe[i]!;
    if (!slower || since <= LOOK_AGAIN_MS) return false;
    this.probeIntervalMs[i] = LOOK_AGAIN_MS;
    return true;
  }

  /**
   * Halves the limit for a while. The component may have changed, so that earlier uncrowded executions count for little from
   * now on. They still count for something, so that probes one after the other become surer.
   */
  private probeBaseline(i: number, w: number): number {
    this.probedAt[i] = Number.POSITIVE_INFINITY;
    this.decisionsLeft[i] = FRESH;
    this.probeIntervalMs[i] = Math.min(PATIENT_MS, this.probeIntervalMs[i]! * PATIENCE_GROWS);
    this.latencyAfterProbe[i] = Number.NaN;
    this.few.scale(i, Math.min(0.5, (LOOK * w) / Math.max(w, this.few.count[i]!)));
    return slots(this.limit[i]! * FEW);
  }

  /** ½ to 1. */
  private gradient(i: number): number {
    return Math.min(1, Math.max(STEEPEST, (TOLERANCE * this.few.mean(i)) / this.many.mean(i)));
  }

  /** Whether a crowd makes it slower beyond chance. */
  private isSure(i: number, w: number): boolean {
    const { few, many } = this;
    const error = Math.hypot(TOLERANCE * few.error(i, w), many.error(i, w));
    return many.mean(i) - TOLERANCE * few.mean(i) > BEYOND_CHANCE * error;
  }

  private grow(): void {
    const size = this.limit.length * 2;
    this.capacity = growFloats(this.capacity, size);
    this.limit = growFloats(this.limit, size);
    this.since = growFloats(this.since, size);
    this.probedAt = growFloats(this.probedAt, size);
    this.decisionsLeft = growFloats(this.decisionsLeft, size);
    this.probeIntervalMs = growFloats(this.probeIntervalMs, size);
    this.latencyAfterProbe = growFloats(this.latencyAfterProbe, size);
    this.few.grow(size);
    this.many.grow(size);
  }
}

const slots = (limit: number): number => Math.max(1, Math.floor(limit + 1e-9));
