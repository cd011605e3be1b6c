import { describe, expect, it } from 'vitest';
import { balancerMachine } from '../../../machines/balancer/balancer.machine.ts';
import { declaredBy, regionPaths } from '../../../src/testing/model/region-model.ts';
import { REGION_MODELS, runBalancerPaths } from '../../../src/testing/model/run-balancer-paths.ts';
import { declaredTransitions } from '../../../src/testing/model/transitions.ts';

/** A guard of whom only one answer can be seen, and why. */
const ONE_WAY: Readonly<Record<string, string>> = {
  'active.phase.draining.finishing: work.drained [isDrained] -> active.phase.draining.saving':
    'it fails only where a handler has submitted at the same instant (test/load-balancer/draining.test.ts)',
  'active.algorithm.choosing: always [guarded] -> active.algorithm.custom': 'what is none of the seven is custom',
};

describe('the models of the regions', () => {
  it('declare together what the real machine declares', () => {
    const keys = REGION_MODELS.flatMap((model) => declaredBy(model).map(({ key }) => key));
    expect(keys.sort()).toEqual(
      declaredTransitions(balancerMachine)
        .map(({ key }) => key)
        .sort(),
    );
    expect(keys.length).toBeGreaterThanOrEqual(48);
  });

  it('come to each event in each of their states', () => {
    for (const model of REGION_MODELS) {
      const goals = new Set<string>();
      const met = new Set<string>();
      for (const { initial, steps } of regionPaths(model)) {
        let { state } = initial;
        for (const { event, state: after } of steps) {
          for (const offer of model.offers(state)) goals.add(`${JSON.stringify(state.value)} ${offer.deed}`);
          met.add(`${JSON.stringify(state.value)} ${event.deed}`);
          state = after;
        }
      }
      expect([...goals].filter((goal) => !met.has(goal))).toEqual([]);
    }
  });
});

describe('the real balancer', () => {
  it('takes each declared transition as its model says, and walks through pairs of regions', async () => {
    const { coverage, paths, steps } = await runBalancerPaths();
    expect(coverage.missing).toEqual([]);
    expect(Object.values(coverage.transitions).every((times) => times > 0)).toBe(true);
    expect(paths).toBeGreaterThan(25);
    expect(steps).toBeGreaterThan(300);
    const oneWay = Object.entries(coverage.guards).filter(([, { held, failed }]) => held === 0 || failed === 0);
    expect(oneWay.map(([key]) => key)).toEqual(Object.keys(ONE_WAY));
  });

  it('does so whatever the seed', async () => {
    for (const seed of [20]) {
      const { coverage } = await runBalancerPaths({ seed, pairSteps: 80 });
      expect(coverage.missing).toEqual([]);
    }
  });
});
