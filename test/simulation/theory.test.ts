import { describe, expect, it } from 'vitest';
import { Engine } from '../../src/testing/simulator/engine.ts';
import { planOf } from '../../src/testing/simulator/plan.ts';
import {
  blockingMMcK,
  reneging,
  timeJsq2,
  timeRoundRobin,
  timeTwoChoices,
  waitMDc,
  waitMG1,
  waitMMc,
  waitsByPriority,
  waitsFcfs,
} from '../support/queueing.ts';
import { PLAIN } from '../support/study.ts';
import { comparisons, LEVEL, measure, systems } from './theory/systems.ts';

/**
 * The tolerance of each comparison is the simulator's own confidence interval: 20 replications with 20 seeds, Student's t,
 * the realised work and arrivals as control variates (test/support/study.ts), at a level that makes all comparisons hold
 * together with 95 % (theory/systems.ts). `sharpness` makes sure that the interval is narrow enough to catch a mistake.
 * `npm run quality` does the same ten times as long.
 */
describe('the simulator agrees with theory within its confidence interval', () => {
  it.for(systems)('$name', { timeout: 120_000 }, async (system) => {
    const measured = await measure(system, 1);
    for (const [k, { value, halfWidth }] of measured.entries()) {
      const expected = system.expected[k]!;
      expect(halfWidth / expected, `${system.what[k]}: sharp enough`).toBeLessThan(system.sharpness);
      expect(Math.abs(value - expected), `${system.what[k]}: ${value} against ${expected}`).toBeLessThan(halfWidth);
    }
  });

  it('each at the level that makes all hold together with 95 %', () => {
    expect(comparisons).toBeGreaterThanOrEqual(19);
    expect((1 - LEVEL) * comparisons).toBeCloseTo(0.05);
  });
});

describe('request by request', () => {
  it.for([1, 7, 115])('waits before %i slots are those of Kiefer and Wolfowitz', async (capacity) => {
    const plan = planOf({
      name: 'pathwise',
      components: [{ id: 'a', capacity }],
      service: { distribution: 'lognormal', meanMs: 1, cv: 1 },
      settings: PLAIN,
      arrivals: { process: 'poisson', load: 0.9 },
      warmUpMs: 0,
      durationMs: 20_000 / capacity,
    });
    const engine = new Engine(plan, 'performance-based', 1);
    await engine.run();
    const { recorder } = engine;
    const { service } = plan.requests[0]!;
    const waits = waitsFcfs(
      capacity,
      recorder.arrivedAt.slice(0, recorder.size),
      recorder.work.slice(0, recorder.size).map((u) => service.quantile(u)),
    );
    const started = [...waits.keys()].filter((n) => !Number.isNaN(recorder.wait[n]!));
    expect(started.length).toBeGreaterThan(15_000);
    const off = started.map((n) => Math.abs(recorder.wait[n]! - waits[n]!));
    // rounding alone: times are doubles of up to 20,000 ms
    expect(Math.max(...off)).toBeLessThan(1e-6);
  });
});

describe('the closed forms', () => {
  it('give published values', () => {
    expect(waitMMc(7, 0.9)).toBeCloseTo(1.02851, 5);
    expect(waitMMc(115, 0.9)).toBeCloseTo(0.016457, 6);
    expect(waitsByPriority(1, [0.3, 0.3, 0.3])[2]).toBeCloseTo(22.5, 9);
    expect(waitsByPriority(7, [0.3, 0.3, 0.3])[0]).toBeCloseTo(0.14693, 5);
    expect(blockingMMcK(7, 27, 0.95)).toBeCloseTo(0.021601, 6);
    expect(reneging(7, 1.2, 1)).toBeCloseTo(0.189858, 6);
    expect(timeJsq2(0.8)).toBeCloseTo(2.95574, 5);
    expect(timeTwoChoices(0.9)).toBeCloseTo(2.6141, 4);
    expect(timeRoundRobin(7, 0.9)).toBeCloseTo(5.8667, 4);
  });

  it('agree with each other where they meet', () => {
    expect(waitMMc(1, 0.8)).toBeCloseTo(waitMG1(0.8, 1), 9);
    expect(waitMDc(1, 0.8)).toBeCloseTo(waitMG1(0.8, 0), 9);
    expect(timeRoundRobin(1, 0.8)).toBeCloseTo(waitMMc(1, 0.8) + 1, 9);
    expect(reneging(3, 0.8, 50)).toBeCloseTo(0, 9);
  });
});
