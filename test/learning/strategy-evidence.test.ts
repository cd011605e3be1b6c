import { describe, expect, it } from 'vitest';
import type { Strategy } from '../../src/domain/algorithm.ts';
import { CLASS_COUNT } from '../../src/domain/priority.ts';
import { StrategyEvidence, type StrategyMove } from '../../src/learning/strategy-evidence.ts';
import { Fleet } from '../support/fleet.ts';

const COMPARED: readonly Strategy[] = ['least-connections', 'performance-based', 'round-robin'];
const PRESENT: readonly Strategy[] = Array<Strategy>(CLASS_COUNT).fill('least-connections');

/** Three cycles in which the others' picks cost so many times what the present strategy's do. */
function threeCycles(...factors: readonly number[]): {
  moves: StrategyMove[][];
  evidence: StrategyEvidence;
  fleet: Fleet;
} {
  const fleet = new Fleet();
  fleet.addMany(1);
  const evidence = new StrategyEvidence(COMPARED);
  const moves: StrategyMove[][] = [];
  for (let t = 0; t <= 180_000; t += 50) {
    if (t > 0 && t % 60_000 === 0) moves.push(evidence.cycle(PRESENT, fleet.performance, t, false));
    if (!evidence.isDue(1, t)) continue;
    evidence.open(1, t, fleet.performance, 'least-connections');
    // what all pay varies, what they differ by does not
    const paid = 1 + (t % 7) / 7;
    evidence.answer(1, 0, 0, paid, 0);
    for (const [k, factor] of factors.entries()) evidence.answer(1, k + 1, 0, paid * factor, 0);
  }
  return { moves, evidence, fleet };
}

describe('StrategyEvidence', () => {
  it('calls for a move to the best after three cycles, and says what it saves', () => {
    const { moves } = threeCycles(0.9, 0.97);
    expect(moves.map((list) => list.length)).toEqual([0, 0, 1]);
    const [{ cls, from, to, regret }] = moves[2] as [StrategyMove];
    expect([cls, from, to]).toEqual([1, 'least-connections', 'performance-based']);
    expect(regret).toBeCloseTo(0.1, 9);
  });

  it('looks at no pick of the first 5 s, in which service times are not known', () => {
    const evidence = new StrategyEvidence(COMPARED);
    expect([1000, 5999, 6000].map((t) => evidence.isDue(0, t))).toEqual([false, false, true]);
    expect(evidence.isDue(1, 6000)).toBe(false);
  });

  it('scores the oldest pick early when more are opened than can wait', () => {
    const fleet = new Fleet();
    fleet.addMany(1);
    const evidence = new StrategyEvidence(COMPARED);
    const moves: StrategyMove[][] = [];
    for (let t = 0; t <= 90_000; t += 2) {
      if (t > 0 && t % 30_000 === 0) moves.push(evidence.cycle(PRESENT, fleet.performance, t, false));
      evidence.open(1, t, fleet.performance, 'least-connections');
      evidence.answer(1, 0, 0, 1 + (t % 7) / 7, 0);
      evidence.answer(1, 1, 0, (1 + (t % 7) / 7) * 0.9, 0);
      evidence.answer(1, 2, 0, 2, 0);
    }
    expect(moves.map((list) => list.map(({ to }) => to))).toEqual([[], [], ['performance-based']]);
  });

  it('does not bother about less than 2 %, however sure', () => {
    expect(threeCycles(0.981, 1.5).moves).toEqual([[], [], []]);
    expect(threeCycles(0.979, 1.5).moves[2]).toHaveLength(1);
  });

  it('does not trust an interval that includes 0', () => {
    const fleet = new Fleet();
    fleet.addMany(1);
    const evidence = new StrategyEvidence(COMPARED);
    for (let t = 0; t < 60_000; t += 50) {
      evidence.open(0, t, fleet.performance, 'least-connections');
      evidence.answer(0, 0, 0, 1, 0);
      // one lucky stretch of 2.5 s
      for (const k of [1, 2]) evidence.answer(0, k, 0, t < 2500 ? 0.1 : 1, 0);
    }
    for (const t of [100_000, 100_001, 100_002])
      expect(evidence.cycle(PRESENT, fleet.performance, t, false)).toEqual([]);
  });

  it('adds the wait before a component that a hold is for', () => {
    const fleet = new Fleet();
    fleet.addMany(1);
    const evidence = new StrategyEvidence(COMPARED);
    const cost = fleet.performance.attemptCost(0, 0);
    for (let t = 0; t < 60_000; t += 50) {
      evidence.open(0, t, fleet.performance, 'least-connections');
      evidence.answer(0, 0, 0, 1, cost);
      for (const k of [1, 2]) evidence.answer(0, k, 0, 1, 0);
    }
    for (const t of [100_000, 100_001]) evidence.cycle(PRESENT, fleet.performance, t, false);
    expect(evidence.cycle(PRESENT, fleet.performance, 100_002, false)[0]?.regret).toBeCloseTo(0.5, 9);
  });

  it('scores picks by what happens after them, as soon as enough has', () => {
    // to begin with both components seem alike; the one that least connections takes turns out three times as slow
    const fleet = new Fleet();
    fleet.addMany(2);
    const evidence = new StrategyEvidence(COMPARED);
    const { performance } = fleet;
    const moves: [number, StrategyMove[]][] = [];
    for (let t = 0; t <= 20_000; t += 50) {
      for (const i of [0, 1]) performance.recordExecution(i, t, 100, i === 0 && t > 6000 ? 3 : 1, true);
      if (t > 0 && t % 1000 === 0) moves.push([t, evidence.cycle(PRESENT, performance, t, false)]);
      if (!evidence.isDue(2, t)) continue;
      evidence.open(2, t, performance, 'least-connections');
      for (const k of [0, 1, 2]) evidence.answer(2, k, k === 1 ? 1 : 0, 1, 0);
    }
    // batches end at 7.5, 10 and 12.5 s, and each is scored 2.5 s after its end
    expect(moves.find(([, list]) => list.length > 0)?.[0]).toBe(15_000);
  });

  it('waits 10 s for a score when little happens', () => {
    const fleet = new Fleet();
    fleet.addMany(2);
    const evidence = new StrategyEvidence(COMPARED);
    const { performance } = fleet;
    let first = Number.POSITIVE_INFINITY;
    for (let t = 0; t <= 60_000; t += 500) {
      for (const i of [0, 1]) performance.recordExecution(i, t, 100, i === 0 ? 3 : 1, true);
      if (t % 1000 === 0 && evidence.cycle(PRESENT, performance, t, false).length > 0) first = Math.min(first, t);
      if (!evidence.isDue(2, t)) continue;
      evidence.open(2, t, performance, 'least-connections');
      for (const k of [0, 1, 2]) evidence.answer(2, k, k === 1 ? 1 : 0, 1, 0);
    }
    // picks from 5 s on; the first of the third batch was made at 10 s
    expect(first).toBe(20_000);
  });

  it('starts anew for a class whose strategy has changed', () => {
    const { evidence, fleet } = threeCycles(0.5, 0.5);
    evidence.restart(1);
    for (const t of [200_000, 200_001, 200_002])
      expect(evidence.cycle(PRESENT, fleet.performance, t, true)).toEqual([]);
  });
});
