import { describe, expect, it } from 'vitest';
import { ALGORITHMS, type AlgorithmName } from '../../src/domain/algorithm.ts';
import { PerformanceSnapshot } from '../../src/fleet/performance-snapshot.ts';
import { AdaptivePolicy } from '../../src/selection/algorithms/adaptive.ts';
import { Eligibility } from '../../src/selection/eligibility.ts';
import { ShadowEvaluation } from '../../src/selection/shadow-evaluation.ts';
import { Fleet } from '../support/fleet.ts';

const at = (name: AlgorithmName): number => ALGORITHMS.indexOf(name);

/** A fleet whose decisions a test makes. */
class Stage {
  readonly fleet = new Fleet();
  readonly adaptive = new AdaptivePolicy();
  readonly book = new ShadowEvaluation(this.adaptive);
  private readonly finder = new Eligibility(this.fleet, this.fleet.random);

  /** @param count of components with four slots each. */
  constructor(count: number) {
    this.fleet.addMany(count, { maxConcurrentTasks: 4 });
  }

  /** @param by whom: by a policy of the user's unless it is told. */
  decide(t: number, chosen: number, by?: AlgorithmName): void {
    const request = this.fleet.request();
    this.finder.fill(request, t, 0);
    this.book.note(this.finder.candidates, request, chosen, by === undefined ? -1 : at(by));
  }

  /** How many decisions are scored by t, when nobody has asked in between. */
  scoredBy(t: number): number {
    this.book.settle(t, this.fleet.performance);
    return this.book.scored;
  }

  gain(name: AlgorithmName): number {
    return this.book.gain(at(name));
  }
}

describe('scores of shadows', () => {
  it('are made 5 s after the end of a batch, which lasts 2.5 s from its first decision on', () => {
    const stage = new Stage(1);
    stage.decide(1000, 0);
    stage.decide(3480, 0);
    stage.decide(3500, 0); // the second batch
    const times = [6000, 8499, 8500, 8501, 10_999, 11_000, 30_000];
    expect(times.map((t) => stage.scoredBy(t))).toEqual([0, 0, 2, 2, 2, 3, 3]);
  });

  it('wait 5 s from when the end of a batch was noticed', () => {
    const stage = new Stage(1);
    stage.decide(0, 0);
    expect([60_000, 64_999, 65_000].map((t) => stage.scoredBy(t))).toEqual([0, 0, 1]);
  });

  it('are made as decisions go on, without being asked for', () => {
    const stage = new Stage(1);
    for (let t = 0; t <= 7500; t += 500) stage.decide(t, 0);
    expect(stage.book.scored).toBe(5);
  });

  it('are of one decision in 20 ms, and all are counted', () => {
    const stage = new Stage(1);
    for (const t of [0, 19, 20, 39, 40, 41]) stage.decide(t, 0);
    expect(stage.book.decisions).toBe(6);
    stage.scoredBy(2500);
    expect(stage.scoredBy(7500)).toBe(3);
  });

  it('leave out a hold by a policy of the user’s, but not the pick that follows at once', () => {
    const stage = new Stage(1);
    stage.decide(0, -1);
    stage.decide(1, 0);
    stage.decide(20, 0); // 19 ms after the one that is scored
    stage.scoredBy(2501);
    expect(stage.scoredBy(7501)).toBe(1);
    expect(stage.gain('round-robin')).toBe(0);
  });

  it('go by what happened after the batch, not by what was known before', () => {
    const stage = new Stage(2);
    const { fleet } = stage;
    const { performance } = fleet;
    fleet.finish(0, 0, 1, 100);
    fleet.finish(1, 0, 4, 100);
    stage.decide(0, 1);
    expect(stage.book.counters[at('performance-based')]?.picks[0]).toBe(1);
    stage.scoredBy(2500);
    const mark = new PerformanceSnapshot();
    performance.takeSnapshot(2500, mark);
    // the first, which was fast, is the slow one now
    fleet.finish(0, 5000, 4, 400);
    fleet.finish(1, 5000, 1, 400);
    stage.scoredBy(7500);
    const [first, paid] = [0, 1].map((i) => performance.attemptCostSince(mark, i, 7500)) as [number, number];
    expect(stage.gain('performance-based')).toBeLessThan(-2);
    expect(stage.gain('performance-based')).toBeCloseTo(1 - first / paid, 9);
  });

  it('count what every algorithm would have paid, of what was paid', () => {
    const stage = new Stage(2);
    const { fleet, book } = stage;
    const { performance } = fleet;
    fleet.finish(0, 0, 1, 100);
    fleet.finish(1, 0, 3, 100);
    fleet.take(0, 2);
    // the fast one has work, so that those who go by load take the other
    const chosen = [0, 1, 1, 1, 0, 1, 1];
    for (const [n, i] of chosen.entries()) stage.decide(n * 20, i, 'weighted-round-robin');
    stage.scoredBy(2500);
    const mark = new PerformanceSnapshot();
    performance.takeSnapshot(2500, mark);
    fleet.finish(0, 5000, 1, 50);
    fleet.finish(1, 5000, 3, 50);
    expect(stage.scoredBy(7500)).toBe(chosen.length);
    const cost = [0, 1].map((i) => performance.attemptCostSince(mark, i, 7500));
    const sum = (picks: ArrayLike<number>): number => picks[0]! * cost[0]! + picks[1]! * cost[1]!;
    const paid = sum([2, 5]);
    const gains = book.counters.map(({ picks }) => 1 - sum(picks) / paid);
    for (const [k, gain] of gains.entries()) expect(book.gain(k)).toBeCloseTo(gain, 9);
    // those who go by speed would have saved most, those who go by load lost
    expect(stage.gain('performance-based')).toBeGreaterThan(0.3);
    expect(stage.gain('least-connections')).toBeLessThan(-0.1);
    expect(stage.gain('weighted-round-robin')).toBe(0);
  });

  it('count load beyond the slots, as it was when the decision was taken', () => {
    const stage = new Stage(2);
    stage.fleet.take(0, 4);
    stage.decide(0, 0);
    stage.fleet.release(0, 4);
    stage.fleet.take(1, 3);
    // within the slots load costs nothing: nobody gains
    stage.decide(20, 0);
    stage.scoredBy(2500);
    stage.scoredBy(7500);
    // five for four slots, where a free one was to be had: 1.25 and 1 were paid, 1 and 1 were the price
    for (const name of ALGORITHMS) expect(stage.gain(name)).toBeCloseTo(0.25 / 2.25, 9);
  });

  it('are kept apart while decisions of many batches wait, for as long as it takes', () => {
    const stage = new Stage(2);
    // to one beyond its slots, which costs half as much again, and to the free one in turn
    stage.fleet.take(0, 5);
    let n = 0;
    for (let t = 0; t < 24_000; t += 20) stage.decide(t, n++ % 2, 'least-response-time');
    for (const t of [30_000, 35_000]) stage.scoredBy(t);
    expect(stage.book.scored).toBe(n);
    for (const name of ALGORITHMS)
      expect(stage.gain(name)).toBeCloseTo(name === 'least-response-time' ? 0 : 0.5 / 2.5, 9);
  });

  it('are sure of nothing before three batches, and of what never varied then', () => {
    const stage = new Stage(2);
    stage.fleet.take(0, 4);
    const k = at('round-robin');
    const least: number[] = [];
    for (let t = 0; t <= 12_500; t += 500) {
      stage.decide(t, 0);
      if (t % 2500 === 0) least.push(stage.book.leastGain(k));
    }
    expect(least.slice(0, 5)).toEqual(Array<number>(5).fill(Number.NEGATIVE_INFINITY));
    expect(least[5]).toBeCloseTo(0.2, 9);
    expect(stage.book.gain(k)).toBeCloseTo(0.2, 9);
  });

  it('are evidence for adaptive too, while another algorithm is in use', () => {
    const stage = new Stage(2);
    const { fleet, adaptive } = stage;
    adaptive.setStrategy(2, 'least-connections');
    // adaptive would go by load in this class, to the one that is three times as slow
    fleet.take(0, 2);
    for (let t = 0; t <= 20_000; t += 50) {
      fleet.finish(0, t, 1);
      fleet.finish(1, t, 3);
      stage.decide(t, 0, 'round-robin');
    }
    const cycles = [20_000, 20_001, 20_002].map((t) => adaptive.cycle(fleet.performance, t));
    expect(cycles[2]).toMatchObject([{ cls: 2, from: 'least-connections' }]);
    expect(cycles[2]?.[0]?.regret).toBeGreaterThan(0.5);
  });
});
