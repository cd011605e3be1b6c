import { describe, expect, it } from 'vitest';
import { ALGORITHMS, type Strategy } from '../../src/domain/algorithm.ts';
import type { ShadowMetrics } from '../../src/domain/metrics.ts';
import { classOf } from '../../src/domain/priority.ts';
import { metricsOf } from '../../src/engine/reporting/metrics.ts';
import { runSchedule } from '../../src/testing/chaos/chaos.ts';
import { randomSchedule } from '../../src/testing/chaos/generate.ts';
import { Engine } from '../../src/testing/simulator/engine.ts';
import { planOf } from '../../src/testing/simulator/plan.ts';
import type { RunResult } from '../../src/testing/simulator/result.ts';
import type { ScenarioInput } from '../../src/testing/simulator/scenario.ts';
import { resultOf } from '../../src/testing/simulator/summary.ts';
import { quick, Rig } from '../support/rig.ts';

/** One of four is five times slower than its weight says: whoever measures knows. */
const scenario: ScenarioInput = {
  name: 'one is slow',
  components: [
    { id: 'slow', capacity: 10, speed: 0.2 },
    { id: 'a', capacity: 10 },
    { id: 'b', capacity: 10 },
    { id: 'c', capacity: 10 },
  ],
  service: { distribution: 'lognormal', meanMs: 100, cv: 1 },
  arrivals: { process: 'poisson', load: 0.5 },
  requests: [{ priority: { CRITICAL: 1, LOW: 1 } }],
  settings: { shadow: true, optimizationIntervalMs: 1_000 },
  warmUpMs: 5_000,
  durationMs: 40_000,
};

/** One fails nine of ten at once, and so is always the emptiest; nobody ejects it. */
const blackHole: Partial<ScenarioInput> = {
  faults: [{ kind: 'failing', component: 'a', share: 0.9, atMs: 1_000, forMs: 60_000 }],
  requests: [{ priority: { CRITICAL: 1, LOW: 1 }, maxRetries: 0 }],
  settings: {
    shadow: true,
    optimizationIntervalMs: 1_000,
    outlier: { consecutiveFailures: 1_000_000, failureRatio: 1_000_000 },
  },
};

const LOW = classOf('LOW');

async function played(
  algorithm: 'adaptive' | 'round-robin' | 'least-connections' | 'performance-based',
  changes: Partial<ScenarioInput> = {},
  first: Strategy = 'performance-based',
): Promise<{ run: RunResult; shadow: ShadowMetrics | undefined }> {
  const engine = new Engine(planOf({ ...scenario, ...changes }), algorithm, 1);
  const { adaptive } = engine.state.selection.algorithms;
  adaptive.setStrategy(LOW, first);
  await engine.run();
  return { run: resultOf(engine, algorithm, 1), shadow: metricsOf(engine.state).shadow };
}

describe('shadow evaluation', () => {
  it('shows what each of the seven would have picked, and what it would have saved', async () => {
    const { run, shadow } = await played('round-robin');
    const { decisions, scored, algorithms } = shadow!;
    expect(Object.keys(algorithms)).toEqual([...ALGORITHMS]);
    expect(decisions).toBe(run.balancer.picks);
    expect(scored).toBeGreaterThan(500);
    for (const name of ALGORITHMS) {
      const { picks, holds, agreement } = algorithms[name];
      const total = Object.values(picks).reduce((sum, n) => sum + n, 0);
      // a hold is no pick
      expect(total).toBeLessThanOrEqual(decisions);
      expect(total + holds).toBeGreaterThanOrEqual(decisions);
      expect(agreement).toBeGreaterThan(0.1);
      expect(agreement).toBeLessThanOrEqual(1);
    }
    // it is in use: it agrees with itself, and saves nothing
    expect(algorithms['round-robin']).toMatchObject({ agreement: 1, gain: 0 });
    const { 'performance-based': measured, 'round-robin': blind } = algorithms;
    expect(measured.picks.slow).toBeLessThan(0.3 * blind.picks.slow!);
    expect(measured.gain).toBeGreaterThan(0.2);
    expect(measured.gainAtLeast).toBeGreaterThan(0.1);
    expect(blind.regret).toBeGreaterThan(0.2);
    expect(Math.min(...ALGORITHMS.map((name) => algorithms[name].regret!))).toBe(0);
    expect(JSON.parse(JSON.stringify(shadow))).toEqual(shadow);
  });

  it('shows what adaptive decides from its evidence, whether it is in use or not', async () => {
    for (const algorithm of ['adaptive', 'least-connections'] as const) {
      const { adaptive } = (await played(algorithm, blackHole, 'least-connections')).shadow!;
      const [move] = adaptive.moves;
      expect(move).toMatchObject({ priority: 'LOW', from: 'least-connections' });
      expect(move!.regret).toBeGreaterThan(0.02);
      expect(move!.at).toBeGreaterThan(1_000);
      expect(adaptive.strategies.LOW).toBe(adaptive.moves.findLast(({ priority }) => priority === 'LOW')!.to);
    }
  });

  it('changes nothing for the live stream', async () => {
    for (const algorithm of ['performance-based', 'least-connections'] as const) {
      const unwatched = { ...blackHole, settings: { ...blackHole.settings, shadow: false } };
      const off = await played(algorithm, unwatched, 'least-connections');
      const on = await played(algorithm, blackHole, 'least-connections');
      expect(off.shadow).toBeUndefined();
      // adaptive, which is not in use, has learned: nothing else differs
      expect(on.run.balancer.strategies).not.toEqual(off.run.balancer.strategies);
      // whoever asks a decaying sum rounds it elsewhere, in the last digit
      for (const [id, weight] of Object.entries(off.run.balancer.weights)) {
        expect(on.run.balancer.weights[id]).toBeCloseTo(weight, 9);
      }
      const plain = ({ run }: typeof on): unknown => ({ ...run, balancer: undefined, remarks: undefined });
      expect(plain(on)).toEqual(plain(off));
    }
  });

  it('keeps every promise under chaos, together with adaptive concurrency', { timeout: 60_000 }, async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const schedule = randomSchedule({ seed });
      const settings = { ...schedule.settings, shadow: true, adaptiveConcurrency: true };
      const { violations } = await runSchedule({ ...schedule, settings });
      expect({ seed, violations }).toEqual({ seed, violations: [] });
    }
  });

  it('starts with nothing, and leaves out probes', async () => {
    const rig = await Rig.start({ components: [quick('a'), quick('b')], shadow: true });
    const { decisions, scored, algorithms, adaptive } = rig.balancer.getLoadBalancingMetrics().shadow!;
    expect({ decisions, scored, moves: adaptive.moves }).toEqual({ decisions: 0, scored: 0, moves: [] });
    expect(algorithms.adaptive).toEqual({
      picks: { a: 0, b: 0 },
      holds: 0,
      agreement: 1,
      gain: null,
      gainAtLeast: null,
      regret: null,
    });
  });
});
