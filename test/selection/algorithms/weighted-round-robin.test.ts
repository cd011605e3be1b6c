import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WeightedRoundRobin } from '../../../src/selection/algorithms/weighted-round-robin.ts';
import { ComponentSelector } from '../../../src/selection/component-selector.ts';
import { seededRandom } from '../../../src/testing/seeded-random.ts';
import { policySuite } from '../../contracts/policy.suite.ts';
import { Fleet } from '../../support/fleet.ts';

// its first round begins anywhere
policySuite(() => new WeightedRoundRobin(), { randomTies: true, unevenness: 1 });

interface SetUp {
  readonly fleet: Fleet;
  readonly next: () => number;
  readonly peek: () => number;
  readonly names: (count: number) => string;
}

function setUp(weights: readonly number[]): SetUp {
  const fleet = new Fleet(seededRandom(3));
  for (const weight of weights) fleet.add({ weight });
  const policy = new WeightedRoundRobin();
  const selector = new ComponentSelector(fleet, fleet.random);
  const next = (): number => selector.select(fleet.request(), policy, 0, 0);
  const peek = (): number => selector.preview(fleet.request(), policy, 0, 0);
  const names = (count: number): string =>
    Array.from({ length: count }, () => String.fromCharCode(65 + next())).join(' ');
  return { fleet, next, peek, names };
}

/** The preset's weights: arbitrage_engine to health_monitor. */
const PRESET = [3, 2, 2.5, 2, 1.5, 1.8, 0.5];

describe('weighted round robin', () => {
  it('turns weights 5, 1, 1 into a a b a c a a', () => {
    // from a random place
    const names = setUp([5, 1, 1]).names(14);
    expect('A A B A C A A A A B A C A A A A B A C A A'.includes(names)).toBe(true);
  });

  it('spreads the preset smoothly and repeats after 133', () => {
    const { names } = setUp(PRESET);
    const round = names(133);
    expect(`${round} ${round}`).toContain('A C B D F E A C B D F A G C E A B D C F A E B D C A F');
    expect(names(133)).toBe(round);
    expect(names(133)).toBe(round);
    const counts = [...'ABCDEFG'].map((name) => round.split(name).length - 1);
    expect(counts).toEqual([30, 20, 25, 20, 15, 18, 5]);
  });

  it('is blind to a common factor of the weights', () => {
    const plain = setUp(PRESET).names(266);
    expect(setUp(PRESET.map((w) => w * 10)).names(266)).toBe(plain);
    expect(setUp(PRESET.map((w) => w / 5)).names(266)).toBe(plain);
  });

  it('lets only the eligible take part', () => {
    const { fleet, names } = setUp([5, 1, 1]);
    fleet.fill(0);
    expect(names(6)).toBe('B C B C B C');
  });

  it('follows a change of weight at once', () => {
    const { fleet, next } = setUp([1, 1, 1]);
    const count = (): number[] => {
      const counts = [0, 0, 0];
      for (let k = 0; k < 600; k++) counts[next()]!++;
      return counts;
    };
    expect(count()).toEqual([200, 200, 200]);
    fleet.components.setWeight(0, 4);
    expect(count()).toEqual([400, 100, 100]);
    fleet.components.setWeight(0, 1);
    expect(count()).toEqual([200, 200, 200]);
  });

  it('ignores the priority multiplier', () => {
    const fleet = new Fleet();
    fleet.add({ priorityMultiplier: 10 });
    fleet.add();
    const policy = new WeightedRoundRobin();
    const selector = new ComponentSelector(fleet, fleet.random);
    const picks = Array.from({ length: 4 }, () => selector.select(fleet.request({ cls: 0 }), policy, 0, 0));
    expect(picks).toEqual([0, 1, 0, 1]);
  });

  it('owes nobody more than the weights of all, whoever may take part', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 50_000 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(weights, fc.array(fc.nat(255), { maxLength: 200 }), (parts, masks) => {
        const { fleet } = setUp(parts.map((w) => w / 10_000));
        const policy = new WeightedRoundRobin();
        const memory = policy.createMemory();
        const selector = new ComponentSelector(fleet, fleet.random);
        fleet.route().memories.set(policy, memory);
        const total = parts.reduce((a, b) => a + b, 0);
        for (const mask of masks) {
          const excluded = parts.flatMap((_, i) => ((mask >> i) & 1 ? [i] : []));
          selector.select(fleet.request({ excluded }), policy, 0, 0);
          let sum = 0;
          for (const i of parts.keys()) {
            const owed = memory.current[i] ?? 0;
            sum += owed;
            expect(Math.abs(owed)).toBeLessThanOrEqual(total * parts.length);
          }
          expect(sum).toBe(0);
        }
      }),
    );
  });

  it('serves by weight within one turn, over any stretch of picks', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 7 });
    fc.assert(
      fc.property(weights, (parts) => {
        const { next } = setUp(parts);
        const total = parts.reduce((a, b) => a + b, 0);
        const counts = parts.map(() => 0);
        for (let k = 1; k <= 3 * total; k++) {
          counts[next()]!++;
          for (const [i, w] of parts.entries())
            expect(Math.abs(counts[i]! - (k * w) / total)).toBeLessThan(parts.length);
        }
      }),
    );
  });
});

describe('a peek at weighted round robin', () => {
  it('answers what the next pick does, once a round has begun', () => {
    const { next, peek } = setUp(PRESET);
    // where the first round begins is left to chance, which a peek must not use up
    next();
    for (let k = 0; k < 133; k++) {
      const peeked = peek();
      expect(peek()).toBe(peeked);
      expect(next()).toBe(peeked);
    }
  });

  it('answers what the next pick does above 64, once there have been picks', () => {
    const { next, peek } = setUp(Array.from({ length: 100 }, (_, k) => 1 + (k % 4)));
    next();
    for (let k = 0; k < 250; k++) {
      const peeked = peek();
      expect(next()).toBe(peeked);
    }
  });

  it('leaves no trace when it falls between two changes of a weight', () => {
    // the weight that a peek sees is kept, or is taken back before the next pick
    for (const [seen, picked] of [
      [4, 4],
      [4, 1],
    ] as const) {
      const [peeked, alone] = [true, false].map((peeks) => {
        const { fleet, peek, names } = setUp([1, 1, 1]);
        names(5);
        fleet.components.setWeight(0, seen);
        if (peeks) peek();
        fleet.components.setWeight(0, picked);
        return names(30);
      });
      expect(peeked).toBe(alone);
    }
  });
});

describe('weighted round robin above 64', () => {
  it('serves each by its weight, within two turns', () => {
    const parts = Array.from({ length: 200 }, (_, k) => 1 + (k % 4));
    const { next } = setUp(parts);
    const total = parts.reduce((a, b) => a + b, 0);
    const counts = parts.map(() => 0);
    for (let k = 0; k < 20 * total; k++) counts[next()]!++;
    for (const [i, w] of parts.entries()) expect(Math.abs(counts[i]! - 20 * w)).toBeLessThanOrEqual(2);
  });

  it('does not march in step: any stretch of picks is mixed', () => {
    const parts = Array.from({ length: 100 }, (_, k) => (k < 50 ? 1 : 10));
    const { next } = setUp(parts);
    for (let k = 0; k < 2000; k++) next();
    const light = Array.from({ length: 550 }, next).flatMap((i, at) => (parts[i] === 1 ? [at] : []));
    // 50 of 550 turns are light ones; were they due together they would come within 50 places
    expect(light.length).toBeGreaterThan(40);
    expect(light.at(-1)! - light[0]!).toBeGreaterThan(400);
  });

  it('gives away the turns of those that are full, and asks chance when too many are', () => {
    const { fleet, next } = setUp(Array(200).fill(1));
    for (let i = 0; i < 190; i++) fleet.fill(i);
    const counts = new Map<number, number>();
    for (let k = 0; k < 2000; k++) {
      const i = next();
      expect(i).toBeGreaterThanOrEqual(190);
      counts.set(i, (counts.get(i) ?? 0) + 1);
    }
    expect(counts.size).toBe(10);
  });

  it('keeps the turns of those that stay when the members change', () => {
    const { fleet, next } = setUp(Array(150).fill(1));
    const before = new Set(Array.from({ length: 75 }, next));
    const gone = [...before][0]!;
    fleet.remove(gone);
    const fresh = fleet.add();
    expect(fresh).toBe(gone);
    const after = Array.from({ length: 75 }, next);
    // whoever had its turn is not served again before the others: but for the newcomer, whose turn is random
    expect(after.filter((i) => before.has(i) && i !== fresh)).toEqual([]);
  });

  it('serves a weight of nearly nothing now and then', () => {
    const { fleet, next } = setUp([...Array(99).fill(1), 0.01]);
    fleet.components.setWeight(99, 1e-9);
    for (let k = 0; k < 1000; k++) next();
    expect(next()).toBeGreaterThanOrEqual(0);
  });
});
