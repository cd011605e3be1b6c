import { describe, expect, it } from 'vitest';
import { ALGORITHMS } from '../../src/domain/algorithm.ts';
import { PerformanceSnapshot } from '../../src/fleet/performance-snapshot.ts';
import { AdaptivePolicy } from '../../src/selection/algorithms/adaptive.ts';
import { PerformanceBased } from '../../src/selection/algorithms/performance-based.ts';
import { RoundRobin } from '../../src/selection/algorithms/round-robin.ts';
import { Pick } from '../../src/selection/built-in-policy.ts';
import { ComponentSelector } from '../../src/selection/component-selector.ts';
import { ShadowCounters, ShadowEvaluation } from '../../src/selection/shadow-evaluation.ts';
import { Fleet } from '../support/fleet.ts';

const at = (name: (typeof ALGORITHMS)[number]): number => ALGORITHMS.indexOf(name);

/** A fast component that is full, a slow one that is free: performance-based waits for the fast one, others do not. */
function heldBack() {
  const fleet = new Fleet();
  const fast = fleet.add({ maxConcurrentTasks: 10 });
  const slow = fleet.add({ maxConcurrentTasks: 10 });
  for (let t = 0; t < 10_000; t += 50) {
    fleet.performance.started(fast, t, 100);
    fleet.performance.stopped(fast, t, 100);
  }
  fleet.finish(fast, 10_000, 1, 500);
  fleet.finish(slow, 10_000, 20, 10);
  fleet.take(fast, 10);
  for (let k = 0; k < 20; k++) fleet.kind().stats.finished(10_000, 100);
  const selector = new ComponentSelector(fleet, fleet.random);
  const request = fleet.request();
  expect(selector.select(request, new PerformanceBased(), 10_000, 0)).toBe(Pick.hold);
  const book = new ShadowEvaluation(new AdaptivePolicy());
  return { fleet, fast, slow, chooser: selector, candidates: selector.eligibility.candidates, request, book };
}

/** Lets the batch of the decisions end at t, and scores them five seconds later. @returns what components cost then. */
function scoreAfter(book: ShadowEvaluation, { performance }: Fleet, t: number): (i: number) => number {
  const mark = new PerformanceSnapshot();
  performance.takeSnapshot(t, mark);
  book.settle(t, performance);
  book.settle(t + 5000, performance);
  return (i) => performance.attemptCostSince(mark, i, t + 5000);
}

describe('ShadowEvaluation', () => {
  it('counts who would have waited and who would not', () => {
    const { fleet, book, candidates, request, slow } = heldBack();
    book.note(candidates, request, Pick.hold, at('performance-based'));
    expect(book.decisions).toBe(0);
    expect(book.counters[at('performance-based')]).toMatchObject({ holds: 1, agreed: 0 });
    expect(book.counters[at('round-robin')]).toMatchObject({ holds: 0, agreed: 0 });

    // a policy of the user's, none of the seven, takes the slow one
    book.note(candidates, request, slow, -1);
    expect(book.decisions).toBe(1);
    expect(book.counters[at('performance-based')]).toMatchObject({ holds: 2, agreed: 0 });
    expect(book.counters[at('round-robin')]).toMatchObject({ holds: 0, agreed: 1 });
    expect(book.counters[at('round-robin')]?.picks[slow]).toBe(1);

    // what it holds for is not known: nothing to score
    book.note(candidates, request, Pick.hold, -1);
    expect(book.counters[at('performance-based')]?.holds).toBe(3);
    scoreAfter(book, fleet, 12_500);
    expect(book.scored).toBe(1);
  });

  it('counts picks of decided requests only, those on the very first component too', () => {
    const { book, candidates, request, chooser: selector, fleet, fast, slow } = heldBack();
    fleet.release(fast, 10);
    fleet.take(slow, 10);
    selector.select(request, new PerformanceBased(), 10_000, 0);
    book.note(candidates, request, Pick.hold, -1);
    expect(book.counters.map(({ picks }) => picks[fast])).toEqual(ALGORITHMS.map(() => 0));
    book.note(candidates, request, fast, -1);
    expect(book.decisions).toBe(1);
    for (const { picks, agreed, holds } of book.counters) expect([picks[fast], agreed, holds]).toEqual([1, 1, 0]);
  });

  it('takes the answer of the algorithm in use as it was given, and asks the others', () => {
    const { fleet, request, chooser: selector, candidates, book } = heldBack();
    fleet.release(0, 10);
    // of two in turn, and yet always the first
    for (let k = 0; k < 6; k++) {
      selector.select(request, new PerformanceBased(), 10_000, 0);
      book.note(candidates, request, 0, at('round-robin'));
    }
    expect(book.counters[at('round-robin')]).toMatchObject({ agreed: 6, holds: 0 });
    expect([...book.counters[at('round-robin')]!.picks.subarray(0, 2)]).toEqual([6, 0]);
    expect([...book.counters[at('weighted-round-robin')]!.picks.subarray(0, 2)]).toEqual([3, 3]);
  });

  it('keeps a memory of its own, per route', () => {
    const fleet = new Fleet();
    fleet.addMany(3, { serves: ['A', 'B'] });
    const selector = new ComponentSelector(fleet, fleet.random);
    const book = new ShadowEvaluation(new AdaptivePolicy());
    const live = new RoundRobin();
    for (let k = 0; k < 12; k++) {
      // every other request is of another type: one turn for both would miss components
      const request = fleet.request({ type: k % 2 === 0 ? 'A' : 'B' });
      book.note(selector.eligibility.candidates, request, selector.select(request, live, 0, 0), -1);
    }
    expect(book.counters[at('round-robin')]).toMatchObject({ agreed: 12 });
    expect([...book.counters[at('round-robin')]!.picks.subarray(0, 3)]).toEqual([4, 4, 4]);
  });

  it('asks adaptive with the strategies that it has now', () => {
    const { fleet, request, chooser: selector, candidates, fast, slow } = heldBack();
    fleet.release(fast, 5);
    selector.select(request, new PerformanceBased(), 10_000, 0);
    const adaptive = new AdaptivePolicy();
    const book = new ShadowEvaluation(adaptive);
    adaptive.setStrategy(request.cls, 'least-connections');
    // the idle one
    book.note(candidates, request, fast, at('performance-based'));
    expect(book.counters[at('adaptive')]?.picks[slow]).toBe(1);
    adaptive.setStrategy(request.cls, 'performance-based');
    book.note(candidates, request, fast, at('performance-based'));
    expect(book.counters[at('adaptive')]?.picks[fast]).toBe(1);
  });

  it('adds the expected wait of a hold to the cost of whom it is for', () => {
    const { fleet, request, chooser: selector, candidates, book, fast, slow } = heldBack();
    const policy = new PerformanceBased();
    book.note(candidates, request, slow, -1);
    const first = candidates.held.wait;
    expect(selector.select(request, policy, 10_020, 0)).toBe(Pick.hold);
    const second = candidates.held.wait;
    book.note(candidates, request, Pick.hold, at('performance-based'));
    const cost = scoreAfter(book, fleet, 12_500);
    expect(book.scored).toBe(2);
    const paid = cost(slow) + (cost(fast) + second);
    expect(book.gain(at('performance-based'))).toBeCloseTo((cost(slow) - cost(fast) - first) / paid, 9);
    expect(book.gain(at('round-robin'))).toBeCloseTo((cost(fast) + second - cost(slow)) / paid, 9);
  });

  it('takes a hold for what the algorithm in use waits for, whatever others would', () => {
    const { fleet, chooser: selector, candidates, book, fast } = heldBack();
    // about as fast, and full as well; of the two the first is short of memory
    const spared = fleet.add({ maxConcurrentTasks: 10 });
    fleet.finish(spared, 10_000, 1.2, 500);
    fleet.take(spared, 10);
    fleet.resources.report(fast, { memory: 70 }, 10_000);
    const request = fleet.request({ cls: 1 });
    expect(selector.select(request, new AdaptivePolicy(), 10_000, 0)).toBe(Pick.hold);
    const { component, wait } = candidates.held;
    expect(component).toBe(spared);
    book.note(candidates, request, Pick.hold, at('adaptive'));
    expect([candidates.held.component, book.counters[at('performance-based')]?.holds]).toEqual([fast, 1]);
    const cost = scoreAfter(book, fleet, 12_500);
    expect(book.gain(at('adaptive'))).toBe(0);
    const { wait: otherWait } = candidates.held;
    const paid = cost(spared) + wait;
    expect(book.gain(at('performance-based'))).toBeCloseTo((paid - cost(fast) - otherWait) / paid, 9);
  });

  it('knows no gain before a decision has been scored', () => {
    const { book } = heldBack();
    expect(book.gain(0)).toBeNaN();
    expect(book.leastGain(0)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('forgets a component that has left, known or not', () => {
    const { book, candidates, request, slow } = heldBack();
    book.note(candidates, request, slow, at('round-robin'));
    book.forget(slow);
    book.forget(1_000);
    expect(book.counters.map(({ picks }) => picks[slow])).toEqual(ALGORITHMS.map(() => 0));
  });

  it('remembers the last hundred moves', () => {
    const { book } = heldBack();
    expect(book.moves).toEqual([]);
    for (let t = 1; t <= 103; t++) book.moved({ cls: 1, from: 'round-robin', to: 'least-connections', regret: 0.1 }, t);
    expect([book.moves.length, book.moves[0]?.at, book.moves.at(-1)?.at]).toEqual([100, 4, 103]);
  });

  it('has room for the picks of large fleets', () => {
    const tally = new ShadowCounters();
    // one more than there is room for, and many more
    for (const i of [3, 8, 9_999, 9_999, 3_000]) tally.pick(i);
    expect([3, 8, 9_999, 3_000].map((i) => tally.picks[i])).toEqual([1, 1, 2, 1]);
  });

  it('takes no more room for more picks of the same component', () => {
    const tally = new ShadowCounters();
    for (let n = 0; n < 12; n++) tally.pick(5);
    expect(tally.picks[5]).toBe(12);
    expect(tally.picks.length).toBeLessThan(20);
  });
});
