import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/testing/simulator/engine.ts';
import { planOf } from '../../src/testing/simulator/plan.ts';
import { COMPLETED, OPEN } from '../../src/testing/simulator/recorder.ts';
import type { ScenarioInput } from '../../src/testing/simulator/scenario.ts';
import { routedMix, sevenRouted } from './quality/fleets.ts';

// MayArbi's own fleet with its routes at load 0.7; the wallet manager is down from second 20 to second 50. The same
// arrivals and service times are run without the fault, so each request is compared with itself.

const DURATION_MS = 70_000;
const DOWN = { from: 20_000, to: 50_000 };

// Only wallet work has a deadline: which of the others drew a service time beyond it on a slow component is a matter of
// chance that any difference in routing moves.
const requests = routedMix.map((request) =>
  request.type === 'WALLET_OPERATION' ? request : { ...request, deadlineMs: undefined },
);

const scenario = (faults: ScenarioInput['faults']): ScenarioInput => ({
  name: 'the wallet manager is down',
  components: [...sevenRouted],
  requests,
  arrivals: { process: 'poisson', load: 0.7 },
  warmUpMs: 0,
  durationMs: DURATION_MS,
  faults,
});

const FAULTS: Readonly<Record<string, NonNullable<ScenarioInput['faults']>>> = {
  drained: [{ kind: 'drain', component: 'wallet_manager', atMs: DOWN.from, forMs: DOWN.to - DOWN.from }],
  crashed: [{ kind: 'crash', component: 'wallet_manager', atMs: DOWN.from, forMs: DOWN.to - DOWN.from }],
  hanging: [{ kind: 'hang', component: 'wallet_manager', atMs: DOWN.from, forMs: DOWN.to - DOWN.from }],
};

const run = async (faults: ScenarioInput['faults']): Promise<Engine> => {
  const engine = new Engine(planOf(scenario(faults)), 'adaptive', 3);
  await engine.run();
  return engine;
};

const isWallet = (engine: Engine, n: number): boolean =>
  requests[engine.recorder.kind[n]!]?.type === 'WALLET_OPERATION';

const p99 = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)]!;

describe.for(Object.keys(FAULTS))('while the wallet manager is %s for 30 s', (fault) => {
  let healthy: Engine;
  let faulty: Engine;
  beforeAll(async () => {
    [healthy, faulty] = [await run([]), await run(FAULTS[fault])];
  }, 120_000);

  it('no request of another type is lost or delayed by it', () => {
    const [with_, without]: [number[], number[]] = [[], []];
    let lost = 0;
    for (let n = 0; faulty.recorder.arrivedAt[n]! < DURATION_MS; n++) {
      if (isWallet(faulty, n)) continue;
      // the two runs are of the same requests
      expect(faulty.recorder.arrivedAt[n]).toBe(healthy.recorder.arrivedAt[n]);
      if (healthy.recorder.outcome[n] === COMPLETED && faulty.recorder.outcome[n] !== COMPLETED) lost++;
      with_.push(faulty.recorder.latency[n]!);
      without.push(healthy.recorder.latency[n]!);
    }
    expect(with_.length).toBeGreaterThan(40_000);
    expect(lost).toBe(0);
    expect(p99(with_) / p99(without)).toBeLessThan(1.01);
  });

  it('wallet work is served before and after it, and ends all the same meanwhile', () => {
    const share = (from: number, to: number): number => {
      let [all, good] = [0, 0];
      for (let n = 0; faulty.recorder.arrivedAt[n]! < DURATION_MS; n++) {
        const t = faulty.recorder.arrivedAt[n]!;
        if (!isWallet(faulty, n) || t < from || t >= to) continue;
        expect(faulty.recorder.outcome[n]).not.toBe(OPEN);
        all++;
        if (faulty.recorder.outcome[n] === COMPLETED) good++;
      }
      expect(all).toBeGreaterThan(100);
      return good / all;
    };
    expect(share(0, DOWN.from - 3_000)).toBeGreaterThan(0.999);
    expect(share(DOWN.from + 2_000, DOWN.to - 2_000)).toBeLessThan(0.05);
    expect(share(DOWN.to + 10_000, DURATION_MS)).toBeGreaterThan(0.9);
  });
});
