import { describe, expect, it } from 'vitest';
import { ALGORITHMS } from '../../src/domain/algorithm.ts';
import { Engine } from '../../src/testing/simulator/engine.ts';
import { planOf } from '../../src/testing/simulator/plan.ts';
import type { ScenarioInput } from '../../src/testing/simulator/scenario.ts';

/** It is resumed then, and warms up for ten seconds. */
const FROM_S = 12;

const scenario = (perSecond: number, components: number): ScenarioInput => ({
  name: 'slow start',
  components: Array.from({ length: components }, (_, k) => ({ id: `c${k}` })),
  service: { distribution: 'exponential', meanMs: 20 },
  arrivals: { process: 'poisson', perSecond },
  faults: [{ kind: 'drain', component: 'c0', atMs: 2_000, forMs: FROM_S * 1_000 - 2_000 }],
  settings: { recovery: { warmNew: true } },
  warmUpMs: 0,
  durationMs: (FROM_S + 12) * 1_000,
});

/** Share of the picks of c0 in each second after it was resumed, over all runs. */
async function sharesOf(algorithm: (typeof ALGORITHMS)[number], perSecond: number, components: number) {
  const picks = Array<number>(12).fill(0);
  const all = Array<number>(12).fill(0);
  let above = 0;
  for (let seed = 1; seed <= 1_000 / perSecond + 10; seed++) {
    const engine = new Engine(planOf(scenario(perSecond, components)), algorithm, seed);
    engine.state.events.listen('request.assigned', ({ componentId }) => {
      const s = Math.floor(engine.clock.now() / 1_000) - FROM_S;
      if (s < 0 || s >= 12) return;
      all[s]!++;
      if (componentId === 'c0') picks[s]!++;
      const { taken, slots, ramp } = engine.state.fleet.components;
      if (ramp[0]! < 1 && taken[0]! > slots[0]!) above++;
    });
    await engine.run();
  }
  return { shares: picks.map((each, s) => each / all[s]!), above };
}

describe.each([
  [20, 2],
  [300, 2],
])('a component that warms up, %i requests/s, one of %i', (perSecond, components) => {
  it.each(ALGORITHMS)('gets its ramp of its fair share in each second, under %s', async (algorithm) => {
    const { shares, above } = await sharesOf(algorithm, perSecond, components);
    for (let s = 0; s < 10; s++) {
      const ramp = 0.1 + 0.9 * ((s + 0.5) / 10);
      expect(Math.abs(shares[s]! - ramp / components), `second ${s + 1}: ${shares[s]}`).toBeLessThan(0.05);
    }
    expect(above).toBe(0);
  });
});
