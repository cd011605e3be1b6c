import { describe, expect, it } from 'vitest';
import { EdfScheduler } from '../../../src/selection/algorithms/edf-scheduler.ts';
import { seededRandom } from '../../../src/testing/seeded-random.ts';
import { Fleet } from '../../support/fleet.ts';

interface Ring {
  readonly fleet: Fleet;
  readonly next: () => number;
  readonly take: (count: number) => number[];
}

function ringOf(weights: readonly number[], fleet = new Fleet(seededRandom(3))): Ring {
  for (const weight of weights) fleet.add({ weight });
  const ring = new EdfScheduler();
  const random = seededRandom(4);
  const next = (): number => ring.next(fleet.route(), fleet.components, random);
  return { fleet, next, take: (count) => Array.from({ length: count }, next) };
}

const equals = (count: number): number[] => Array(count).fill(1);

const timesOf = (picks: readonly number[], i: number): number => picks.filter((pick) => pick === i).length;

describe('a deadline ring', () => {
  it.each([3, 8, 75, 80])('gives each of %i equals one turn in a round, in an order that stays', (n) => {
    const { take } = ringOf(equals(n));
    const round = take(n);
    expect([...round].sort((a, b) => a - b)).toEqual([...equals(n).keys()]);
    expect(take(n)).toEqual(round);
  });

  it.each([75, 80])('gives %i turns by weight', (n) => {
    const weights = equals(n).map((_, k) => 1 + (k % 4));
    const picks = ringOf(weights).take(10 * weights.reduce((sum, w) => sum + w));
    for (const [i, weight] of weights.entries()) expect(Math.abs(timesOf(picks, i) - 10 * weight)).toBeLessThan(2);
  });

  it('gives a warming member turns by its share of the weight', () => {
    const { fleet, take } = ringOf(equals(10));
    fleet.components.setWeight(4, 0.25);
    // 9 others get 4 turns for each of its own
    expect(timesOf(take(370), 4)).toBe(10);
  });

  it('gives the turns of six full ones in a row to the next, and leaves it to chance after seven', () => {
    const { fleet, next, take } = ringOf(equals(10));
    const round = take(10);
    for (const i of round.slice(0, 6)) fleet.fill(i);
    expect(next()).toBe(round[6]);
    expect(take(3)).toEqual(round.slice(7));
    fleet.fill(round[6]!);
    expect(next()).toBe(-1);
    expect(next()).toBe(round[7]);
  });

  it('mixes newcomers among the others', () => {
    const { fleet, take } = ringOf(equals(100));
    take(1_000);
    for (let k = 0; k < 50; k++) fleet.add();
    const early = take(75).filter((i) => i >= 100).length;
    // half of a round: 25 of them on the average, sd 3.5
    expect(Math.abs(early - 25)).toBeLessThan(14);
  });

  it('has no turn to give while it is empty, and starts when it is not', () => {
    const fleet = new Fleet(seededRandom(3));
    const only = fleet.add();
    const { take } = ringOf([], fleet);
    take(3);
    fleet.routes.remove(only);
    expect(take(2)).toEqual([-1, -1]);
    for (let k = 0; k < 5; k++) fleet.add();
    expect(new Set(take(5)).size).toBe(5);
  });

  it('goes on in a copy as it would itself, and is not moved by it', () => {
    const fleet = new Fleet(seededRandom(3));
    fleet.addMany(20);
    const ring = new EdfScheduler();
    const round = (one: EdfScheduler): number[] =>
      Array.from({ length: 20 }, () => one.next(fleet.route(), fleet.components, seededRandom(9)));
    ring.next(fleet.route(), fleet.components, seededRandom(4));
    const copied = round(ring.copy());
    expect(round(ring)).toEqual(copied);
  });
});
