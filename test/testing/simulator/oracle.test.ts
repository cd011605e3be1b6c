import { describe, expect, it } from 'vitest';
import type { SimulatedAlgorithm } from '../../../src/testing/simulator/engine.ts';
import { type ScenarioInput, simulate } from '../../../src/testing.ts';

const fleet: ScenarioInput = {
  name: 'two speeds',
  components: [
    { id: 'fast', capacity: 4, speed: 2 },
    { id: 'slow', capacity: 4, speed: 0.25 },
    { id: 'third', capacity: 4, speed: 1 },
  ],
  service: { distribution: 'exponential', meanMs: 100 },
  arrivals: { process: 'poisson', load: 0.4 },
  warmUpMs: 5_000,
  durationMs: 40_000,
};

const run = async (changes: Partial<ScenarioInput>, algorithms: readonly SimulatedAlgorithm[], seeds: number) =>
  simulate({ ...fleet, ...changes, seeds }, { algorithms: [...algorithms] });

describe('the oracle', () => {
  it('knows the true speeds from the first request on: no algorithm has a lower mean', async () => {
    const report = await run({}, ['oracle', 'performance-based', 'round-robin'], 2);
    const meanOf = (name: string): number => {
      const rows = report.runs.filter(({ algorithm }) => algorithm === name);
      return rows.reduce((sum, { total }) => sum + (total.latency.meanMs ?? Number.NaN), 0) / rows.length;
    };
    expect(meanOf('oracle')).toBeLessThan(meanOf('performance-based') * 1.01);
    expect(meanOf('oracle')).toBeLessThan(meanOf('round-robin') * 0.8);
  });

  it('never visits a component that fails, and comes back when it is mended', async () => {
    const faults: ScenarioInput['faults'] = [
      { kind: 'failing', component: 'fast', share: 0.9, latencyMs: 1, atMs: 10_000, forMs: 10_000 },
    ];
    const { runs } = await run({ faults, settings: { maxRetries: 0 } }, ['oracle'], 1);
    const [result] = runs;
    expect(result!.total.outcomes.failed).toBeLessThanOrEqual(4);
    expect(result!.components.fast!.served).toBeGreaterThan(100);
  });
});
