import type { Strategy } from '../domain/algorithm.ts';
import { CLASS_COUNT } from '../domain/priority.ts';
import type { PerformanceStats } from '../fleet/performance-stats.ts';
import { BATCH_MS, ObservationWindows } from './observation-windows.ts';
import { Regret } from './regret.ts';

/** Executions per component that a score should rest on, decayed. */
const ENOUGH = 20;
/** A pick is scored after so long even when that many have not finished, ms: twice the time constant. */
const MATURE_MS = 10_000;
/** Ends of batches that are remembered: those of all picks that wait. */
const MARKS = MATURE_MS / BATCH_MS + 2;
/**
 * Picks within so long after a class is first seen are no evidence, ms: one time constant of service times, before which
 * whoever chooses by them chooses in the dark. (Measured: half a second of it outweighs half a minute of good picks.)
 */
const LEARNING_MS = 5_000;
/** Picks of a class that are kept; one is taken every 40 ms at most. */
const WAITING = 256;
const EVERY_MS = MATURE_MS / WAITING;
/** Cycles that a strategy must have been in use before the next move. */
const SETTLING_CYCLES = 3;
const MIN_REGRET = 0.02;

/** A better strategy for a class. */
export interface StrategyMove {
  /** 0 CRITICAL to 4 MINIMAL. */
  readonly cls: number;
  readonly from: Strategy;
  readonly to: Strategy;
  /** Share of the expected cost that `from` loses against `to`, 0 and up. */
  readonly regret: number;
}

/** What some strategies would have picked, for one class: a ring of the picks of the last 10 s. */
class PickLog {
  readonly at = new Float64Array(WAITING);
  readonly component: Int32Array;
  readonly factor: Float64Array;
  readonly wait: Float64Array;
  /** Number of the batch. */
  readonly batch = new Float64Array(WAITING);
  first = 0;
  count = 0;
  /** How many of the latest rows wait for their score; the older ones are kept for an early cycle. */
  unscored = 0;

  constructor(width: number) {
    this.component = new Int32Array(WAITING * width);
    this.factor = new Float64Array(WAITING * width);
    this.wait = new Float64Array(WAITING * width);
  }
}

/**
 * Evidence for or against the strategy of each class: on some picks all strategies are asked whom they would take, of
 * the same candidates at the same instant. Their answers are scored later by one yardstick, the expected cost
 * `svc/p · max(1, (in-flight + 1)/slots)`, load as it was then, svc and p as measured since the batch ended; for HOLD the expected wait is
 * added to the cost of the component waited for. What the present strategy loses against another is its regret.
 */
export class StrategyEvidence {
  private readonly strategies: readonly Strategy[];
  private readonly logs: PickLog[] = [];
  private readonly regrets: Regret[] = [];
  private readonly cyclesInUse = new Int32Array(CLASS_COUNT);
  private readonly batches = new ObservationWindows(MARKS);
  /** When the next pick of a class is looked at, ms; -Infinity while it has not been seen. */
  private readonly dueAt = new Float64Array(CLASS_COUNT).fill(Number.NEGATIVE_INFINITY);

  /** @param strategies whom to compare. */
  constructor(strategies: readonly Strategy[]) {
    this.strategies = strategies;
    for (let cls = 0; cls < CLASS_COUNT; cls++) {
      this.logs.push(new PickLog(strategies.length));
      this.regrets.push(new Regret(strategies.length));
    }
  }

  /** Whether this pick is to be looked at. @param t ms since the balancer's time 0. */
  isDue(cls: number, t: number): boolean {
    if (t < this.dueAt[cls]!) return false;
    if (this.dueAt[cls]! > Number.NEGATIVE_INFINITY) return true;
    this.dueAt[cls] = t + LEARNING_MS;
    return false;
  }

  /** Opens a row for a pick; its answers follow. The oldest row gives way when all wait. */
  open(cls: number, t: number, performance: PerformanceStats, current: Strategy): void {
    const log = this.logs[cls]!;
    this.batches.advance(t, performance);
    this.scoreMature(cls, t, performance, current);
    if (log.count === WAITING) {
      if (log.unscored === WAITING) {
        this.score(cls, log.first, t, performance, current);
        log.unscored--;
      }
      log.first = (log.first + 1) % WAITING;
      log.count--;
    }
    const at = (log.first + log.count) % WAITING;
    log.at[at] = t;
    log.batch[at] = this.batches.open;
    this.dueAt[cls] = t + EVERY_MS;
    log.count++;
    log.unscored++;
  }

  /**
   * Whom a strategy would take.
   * @param strategy its number.
   * @param factor `max(1, (in-flight + 1)/slots)` now.
   * @param wait expected wait in front of it, relative to the type's mean service time.
   */
  answer(cls: number, strategy: number, component: number, factor: number, wait: number): void {
    const log = this.logs[cls]!;
    const at = ((log.first + log.count - 1) % WAITING) * this.strategies.length + strategy;
    log.component[at] = component;
    log.factor[at] = factor;
    log.wait[at] = wait;
  }

  /** Forgets what is known of a class: it has another strategy now. */
  restart(cls: number): void {
    this.logs[cls]!.count = 0;
    this.logs[cls]!.unscored = 0;
    this.regrets[cls]!.clear();
    this.cyclesInUse[cls] = 0;
  }

  /**
   * One cycle of the optimizer: the moves that the evidence calls for, at most one per class. A move needs a regret of at
   * least 2 % with a 95 % interval that excludes 0, and a choice that has stood for three cycles.
   *
   * @param early the fleet has changed under way (see ChangeDetector): only the last 10 s count, scored by what is known now.
   */
  cycle(strategies: readonly Strategy[], performance: PerformanceStats, t: number, early: boolean): StrategyMove[] {
    const moves: StrategyMove[] = [];
    for (let cls = 0; cls < CLASS_COUNT; cls++) {
      const from = strategies[cls]!;
      if (early) this.scoreAnew(cls, t, performance, from);
      else this.scoreMature(cls, t, performance, from);
      if (++this.cyclesInUse[cls]! < SETTLING_CYCLES) continue;
      const best = this.regrets[cls]!.best();
      const to = this.strategies[best]!;
      if (to === from || this.regrets[cls]!.least(best) <= 0) continue;
      const regret = this.regrets[cls]!.mean(best);
      if (regret >= MIN_REGRET) moves.push({ cls, from, to, regret });
    }
    return moves;
  }

  /** Whether a row can be scored. */
  private isMature(log: PickLog, at: number, t: number, performance: PerformanceStats): boolean {
    if (t - log.at[at]! >= MATURE_MS) return true;
    const mark = this.batches.snapshotOf(log.batch[at]!);
    if (mark === undefined || t - mark.at < BATCH_MS) return false;
    return performance.finishedSince(mark, t) >= ENOUGH * mark.known;
  }

  private scoreMature(cls: number, t: number, performance: PerformanceStats, current: Strategy): void {
    const log = this.logs[cls]!;
    while (log.unscored > 0) {
      const at = (log.first + log.count - log.unscored) % WAITING;
      if (!this.isMature(log, at, t, performance)) return;
      this.score(cls, at, t, performance, current);
      log.unscored--;
    }
  }

  /** The fleet has changed: what was known is void, and the picks of the last 10 s are judged by all that is known now. */
  private scoreAnew(cls: number, t: number, performance: PerformanceStats, current: Strategy): void {
    const log = this.logs[cls]!;
    this.regrets[cls]!.clear();
    for (let k = 0; k < log.count; k++) {
      const at = (log.first + k) % WAITING;
      if (t - log.at[at]! <= MATURE_MS) this.score(cls, at, t, performance, current, true);
    }
    log.unscored = 0;
  }

  /** Scores a row. @param now by all that is known, since there is no time to wait for more. */
  private score(
    cls: number,
    at: number,
    t: number,
    performance: PerformanceStats,
    current: Strategy,
    now = false,
  ): void {
    const log = this.logs[cls]!;
    const width = this.strategies.length;
    const row = at * width;
    const mark = now ? undefined : this.batches.snapshotOf(log.batch[at]!);
    const attempt = (i: number): number =>
      mark === undefined ? performance.attemptCost(i, t) : performance.attemptCostSince(mark, i, t);
    const cost = (k: number): number => attempt(log.component[row + k]!) * log.factor[row + k]! + log.wait[row + k]!;
    const paid = cost(this.strategies.indexOf(current));
    const regret = this.regrets[cls]!;
    regret.open(log.batch[at]!, paid);
    for (let k = 0; k < width; k++) regret.add(k, paid - cost(k));
  }
}
