import { ALGORITHMS } from '../domain/algorithm.ts';
import type { Random } from '../domain/ports.ts';
import type { PerformanceSnapshot } from '../fleet/performance-snapshot.ts';
import type { PerformanceStats } from '../fleet/performance-stats.ts';
import type { Route } from '../fleet/route.ts';
import { BATCH_MS, ObservationWindows } from '../learning/observation-windows.ts';
import { Regret } from '../learning/regret.ts';
import type { StrategyMove } from '../learning/strategy-evidence.ts';
import { growFloats } from '../lib/typed-arrays.ts';
import type { AdaptivePolicy } from './algorithms/adaptive.ts';
import { createPolicy } from './algorithms/registry.ts';
import { type BuiltInPolicy, type FleetCandidates, Pick, type SelectionRequest } from './built-in-policy.ts';
import { goldenSequence } from './component-selector.ts';

/** A batch of decisions is scored by what happens in the two batches after it. */
const AFTER_MS = 2 * BATCH_MS;
const MARKS = 4;
/** One decision in so many ms is scored; all are counted. */
const EVERY_MS = 20;
/** A row waits for the rest of its batch and AFTER_MS: there is always room for one more. */
const ROWS = (AFTER_MS + 2 * BATCH_MS) / EVERY_MS;
/** Moves of adaptive that are remembered. */
const MOVES = 100;
const WIDTH = ALGORITHMS.length;
/** What was really done, behind the answers of the seven. */
const DONE = WIDTH;

/** A move of adaptive, and when, ms since the balancer's time 0. */
export interface DatedMove extends StrategyMove {
  readonly at: number;
}

/** What one algorithm would have done. */
export class ShadowCounters {
  /** Decisions on which it would have done what was done. */
  agreed = 0;
  holds = 0;
  /** By component index. */
  picks = new Float64Array(8);

  pick(i: number): void {
    if (i >= this.picks.length) this.picks = growFloats(this.picks, Math.max(i + 1, this.picks.length * 2));
    this.picks[i]!++;
  }
}

/**
 * Shadow evaluation: every algorithm is asked whom it would take, of the same candidates at the same instant as the one in use,
 * with a memory and random numbers of its own, so that nothing changes for the live stream. Their answers are scored later
 * as the evidence of adaptive is (see StrategyEvidence): by the expected cost `svc/p · max(1, (in-flight + 1)/slots)`, load as it
 * was then, svc and p by what has happened since; for HOLD the expected wait is added. Adaptive itself takes part with its
 * present strategies and gathers its evidence, also while another algorithm is in use.
 *
 * Not asked: about probes, and on routes of more than 64 components, of which each algorithm would see another sample.
 */
export class ShadowEvaluation {
  readonly counters = ALGORITHMS.map(() => new ShadowCounters());
  readonly moves: DatedMove[] = [];
  decisions = 0;
  scored = 0;
  private readonly policies: readonly BuiltInPolicy[];
  private readonly random: Random = goldenSequence();
  private readonly memories = new WeakMap<Route, unknown[]>();
  private readonly regret = new Regret(WIDTH);
  private readonly batches = new ObservationWindows(MARKS);
  private readonly component = new Int32Array(ROWS * (WIDTH + 1));
  private readonly factor = new Float64Array(ROWS * (WIDTH + 1));
  private readonly wait = new Float64Array(ROWS * (WIDTH + 1));
  private readonly batchOf = new Float64Array(ROWS);
  private first = 0;
  private count = 0;
  private lastAt = Number.NEGATIVE_INFINITY;

  /** @param adaptive the balancer's own, so that it learns. */
  constructor(adaptive: AdaptivePolicy) {
    this.policies = ALGORITHMS.map((name) => (name === 'adaptive' ? adaptive : createPolicy(name)));
  }

  /**
   * Notes a decision, right after it was taken: before anything is bound, and before anybody else is asked.
   * @param chosen component index, or below 0: held.
   * @param active number of the algorithm in use among the seven; -1: another. Its answer is taken as it was given.
   */
  note(candidates: FleetCandidates, request: SelectionRequest, chosen: number, active: number): void {
    const { now } = candidates;
    // what a policy of the user's waits for is not known
    const scoring = now - this.lastAt >= EVERY_MS && (chosen >= 0 || active >= 0);
    const row = scoring ? this.open(now, candidates.fleet.performance) : -1;
    if (scoring) this.answer(row, DONE, chosen, candidates);
    if (chosen >= 0) this.decisions++;
    for (let k = 0; k < WIDTH; k++) {
      const answer = k === active ? chosen : this.ask(k, candidates, request);
      if (scoring) {
        if (k === active) this.copy(row, k);
        else this.answer(row, k, answer, candidates);
      }
      const tally = this.counters[k]!;
      if (answer < 0) tally.holds++;
      else if (chosen >= 0) tally.pick(answer);
      if (answer === chosen && chosen >= 0) tally.agreed++;
    }
  }

  /** Adaptive has moved to another strategy. */
  moved(move: StrategyMove, t: number): void {
    this.moves.push({ ...move, at: t });
    if (this.moves.length > MOVES) this.moves.shift();
  }

  /** A component index belongs to another component now. */
  forget(i: number): void {
    for (const { picks } of this.counters) if (i < picks.length) picks[i] = 0;
  }

  /** Scores what can be scored by now. */
  settle(t: number, performance: PerformanceStats): void {
    this.batches.advance(t, performance);
    while (this.count > 0) {
      const mark = this.batches.snapshotOf(this.batchOf[this.first]!);
      if (mark === undefined || t - mark.at < AFTER_MS) return;
      // a snapshot is overwritten after four batches; its rows are scored two batches after their own
      this.score(this.first, mark, t, performance);
      this.first = (this.first + 1) % ROWS;
      this.count--;
    }
  }

  /** Share of what was paid that an algorithm's picks would have cost less; negative: more. NaN while nothing is scored. */
  gain(k: number): number {
    return this.scored === 0 ? Number.NaN : this.regret.mean(k);
  }

  /** Lower end of its 95 % interval; -Infinity with fewer than three batches. */
  leastGain(k: number): number {
    return this.regret.least(k);
  }

  private ask(k: number, candidates: FleetCandidates, request: SelectionRequest): number {
    const policy = this.policies[k]!;
    let memories = this.memories.get(candidates.route);
    if (memories === undefined) {
      memories = this.policies.map((one) => one.createMemory?.() ?? {});
      this.memories.set(candidates.route, memories);
    }
    const answer = policy.select(candidates, request, memories[k], this.random);
    return answer === Pick.hold ? Pick.hold : candidates.list[answer]!;
  }

  private open(t: number, performance: PerformanceStats): number {
    this.settle(t, performance);
    const row = (this.first + this.count++) % ROWS;
    this.batchOf[row] = this.batches.open;
    this.lastAt = t;
    return row;
  }

  private answer(row: number, k: number, i: number, { fleet, held }: FleetCandidates): void {
    const at = row * (WIDTH + 1) + k;
    const holds = i < 0;
    const { taken, slots } = fleet.components;
    this.component[at] = holds ? held.component : i;
    this.factor[at] = holds ? 1 : Math.max(1, (taken[i]! + 1) / slots[i]!);
    this.wait[at] = holds ? held.wait : 0;
  }

  private copy(row: number, k: number): void {
    const at = row * (WIDTH + 1);
    this.component[at + k] = this.component[at + DONE]!;
    this.factor[at + k] = this.factor[at + DONE]!;
    this.wait[at + k] = this.wait[at + DONE]!;
  }

  private score(row: number, mark: PerformanceSnapshot, t: number, performance: PerformanceStats): void {
    const at = row * (WIDTH + 1);
    const cost = (k: number): number =>
      performance.attemptCostSince(mark, this.component[at + k]!, t) * this.factor[at + k]! + this.wait[at + k]!;
    const paid = cost(DONE);
    this.regret.open(this.batchOf[row]!, paid);
    for (let k = 0; k < WIDTH; k++) this.regret.add(k, paid - cost(k));
    this.scored++;
  }
}
