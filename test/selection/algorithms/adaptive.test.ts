import { describe, expect, it } from 'vitest';
import { AdaptivePolicy, FIRST_STRATEGIES } from '../../../src/selection/algorithms/adaptive.ts';
import { LeastConnections } from '../../../src/selection/algorithms/least-connections.ts';
import { PerformanceBased } from '../../../src/selection/algorithms/performance-based.ts';
import { type BuiltInPolicy, Pick } from '../../../src/selection/built-in-policy.ts';
import { ComponentSelector } from '../../../src/selection/component-selector.ts';
import { type SeededRandom, seededRandom } from '../../../src/testing/seeded-random.ts';
import { policySuite } from '../../contracts/policy.suite.ts';
import { Fleet } from '../../support/fleet.ts';

policySuite(() => new AdaptivePolicy(), { randomTies: true, unevenness: 150 });

/** A fast loaded component, a slow idle one, and a scarce one: strategies disagree about these. */
function disagreement(): Fleet {
  const fleet = new Fleet();
  fleet.addMany(3);
  for (const [i, relative] of [0.5, 3, 0.55].entries()) fleet.finish(i, 0, relative, 5_000);
  fleet.take(0, 4);
  fleet.take(2, 5);
  fleet.resources.report(0, { cpu: 80 }, 0);
  return fleet;
}

const pick = (fleet: Fleet, policy: BuiltInPolicy, cls: number): number =>
  new ComponentSelector(fleet, fleet.random).select(fleet.request({ cls }), policy, 0, 0);

describe('adaptive', () => {
  it('starts from performance in every class, sparing in HIGH', () => {
    const fleet = disagreement();
    const policy = new AdaptivePolicy();
    expect(policy.strategies).toEqual(FIRST_STRATEGIES);
    const picks = [0, 1, 2, 3, 4].map((cls) => pick(fleet, policy, cls));
    expect(picks).toEqual([0, 2, 0, 0, 0]);
    expect(pick(fleet, new PerformanceBased(), 0)).toBe(0);
    expect(pick(fleet, new PerformanceBased({ sparing: true }), 1)).toBe(2);
    expect(pick(fleet, new LeastConnections(), 2)).toBe(1);
  });

  it('follows a strategy that is set for a class', () => {
    const fleet = disagreement();
    const policy = new AdaptivePolicy();
    policy.setStrategy(2, 'performance-based');
    policy.setStrategy(1, 'least-connections');
    policy.setStrategy(0, 'performance-based');
    expect([0, 1, 2, 3].map((cls) => pick(fleet, policy, cls))).toEqual([0, 1, 0, 0]);
    expect(policy.strategies[2]).toBe('performance-based');
  });

  it('keeps the memory of a strategy per route', () => {
    const fleet = new Fleet();
    fleet.addMany(3);
    const policy = new AdaptivePolicy();
    policy.setStrategy(2, 'weighted-round-robin');
    const selector = new ComponentSelector(fleet, fleet.random);
    const picks = [0, 1, 2, 3, 4, 5].map((t) => selector.select(fleet.request(), policy, t, 0));
    // a round begins anywhere, and goes on where it was
    expect(picks.slice(0, 3).toSorted()).toEqual([0, 1, 2]);
    expect(picks.slice(3)).toEqual(picks.slice(0, 3));
    expect(selector.preview(fleet.request(), policy, 6, 0)).toBe(picks[0]);
  });
});

/** Runs a fleet by its own truth: component i takes `relative(i, t)` times the mean of 100 ms. */
class Run {
  readonly fleet = new Fleet(seededRandom('run'));
  readonly policy = new AdaptivePolicy();
  private readonly random: SeededRandom;
  private readonly chooser = new ComponentSelector(this.fleet, seededRandom('picks'));
  private readonly running: { i: number; from: number; until: number }[] = [];
  private readonly relative: (i: number, t: number) => number;
  t = 0;
  holds = 0;

  constructor(components: number, relative: (i: number, t: number) => number, seed = 'load') {
    this.relative = relative;
    this.random = seededRandom(seed);
    this.policy.setStrategy(2, 'least-connections');
    this.fleet.addMany(components);
    for (let k = 0; k < 20; k++) this.fleet.kind().stats.finished(0, 100);
  }

  /** Arrivals of one class, Poisson, until a time; nobody waits in a queue. */
  until(end: number, perMs: number, cls = 2): void {
    const { fleet, running } = this;
    while (this.t < end) {
      this.t += -Math.log(1 - this.random()) / perMs;
      for (let k = running.length - 1; k >= 0; k--) {
        const { i, from, until } = running[k]!;
        if (until > this.t) continue;
        running.splice(k, 1);
        fleet.release(i);
        fleet.performance.stopped(i, from, 100);
        fleet.performance.recordExecution(i, until, until - from, (until - from) / 100, true);
      }
      const i = this.chooser.select(fleet.request({ cls }), this.policy, this.t, 0);
      if (i === Pick.hold) this.holds++;
      if (i < 0) continue;
      fleet.take(i);
      fleet.performance.started(i, this.t, 100);
      const duration = -Math.log(1 - this.random()) * 100 * this.relative(i, this.t);
      running.push({ i, from: this.t, until: this.t + duration });
    }
  }
}

describe('the evidence of adaptive', () => {
  it('moves a class off a strategy that sends work to a slow component, after three cycles', () => {
    const run = new Run(5, (i) => (i === 0 ? 8 : 1));
    const cycles: number[] = [];
    for (let cycle = 1; cycle <= 3; cycle++) {
      run.until(cycle * 60_000, 0.2);
      const moves = run.policy.cycle(run.fleet.performance, run.t);
      cycles.push(moves.length);
      if (moves.length === 0) continue;
      const [{ cls, from, to, regret }] = moves as [(typeof moves)[number]];
      expect([cls, from]).toEqual([2, 'least-connections']);
      expect(['performance-based', 'least-response-time']).toContain(to);
      expect(regret).toBeGreaterThan(0.1);
      run.policy.setStrategy(cls, to);
    }
    expect(cycles).toEqual([0, 0, 1]);
    // the new choice must stand for three cycles as well
    run.until(240_000, 0.2);
    expect(run.policy.cycle(run.fleet.performance, run.t)).toEqual([]);
  });

  it('leaves a good strategy alone', () => {
    const run = new Run(5, (i) => (i === 0 ? 8 : 1));
    run.policy.setStrategy(2, 'performance-based');
    for (let cycle = 1; cycle <= 4; cycle++) {
      run.until(cycle * 60_000, 0.2);
      expect(run.policy.cycle(run.fleet.performance, run.t)).toEqual([]);
    }
  });

  it('counts a hold as choosing whom it waits for', () => {
    const run = new Run(2, (i) => (i === 0 ? 30 : 0.5));
    run.policy.setStrategy(2, 'performance-based');
    for (let cycle = 1; cycle <= 4; cycle++) {
      run.until(cycle * 30_000, 0.19);
      expect(run.policy.cycle(run.fleet.performance, run.t)).toEqual([]);
    }
    expect(run.holds).toBeGreaterThan(100);
  });

  it('sees at once in an early cycle how its picks of the last 10 s fare now', () => {
    let seen = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const run = new Run(5, (i, t) => (i === 0 && t > 182_000 ? 10 : 1), `load ${seed}`);
      for (let cycle = 1; cycle <= 3; cycle++) {
        run.until(cycle * 60_000, 0.2);
        expect(run.policy.cycle(run.fleet.performance, run.t)).toEqual([]);
      }
      run.until(186_000, 0.2);
      // a regular cycle has three minutes of equal components before it
      expect(run.policy.cycle(run.fleet.performance, run.t)).toEqual([]);
      let late = run.policy.cycle(run.fleet.performance, run.t, true);
      // four batches or five make a wide interval: the looks after it see more
      for (let s = 1; s <= 12 && late.length === 0; s++) {
        run.until(186_000 + 1_000 * s, 0.2);
        late = run.policy.cycle(run.fleet.performance, run.t);
      }
      if (late.length === 0) continue;
      expect(late.map(({ cls, to }) => [cls, to === 'least-connections'])).toEqual([[2, false]]);
      seen++;
    }
    // least connections soon avoids the slow one for being full, so that there is little to see
    expect(seen).toBeGreaterThanOrEqual(3);
  });

  it('says nothing about classes without work', () => {
    const policy = new AdaptivePolicy();
    const fleet = new Fleet();
    for (let cycle = 1; cycle <= 5; cycle++) expect(policy.cycle(fleet.performance, cycle * 60_000)).toEqual([]);
  });

  it('looks at no more picks than it can keep until they are mature', () => {
    const fleet = new Fleet();
    fleet.addMany(2);
    const policy = new AdaptivePolicy();
    const selector = new ComponentSelector(fleet, fleet.random);
    for (let k = 0; k < 2000; k++) selector.select(fleet.request(), policy, k * 39.0625, 0);
    expect(policy.cycle(fleet.performance, 80_000)).toEqual([]);
  });
});
