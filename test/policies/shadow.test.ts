import { describe, expect, it } from 'vitest';
import { ALGORITHMS } from '../../src/domain/algorithm.ts';
import { AdaptivePolicy } from '../../src/policies/adaptive.ts';
import { Chooser, HELD } from '../../src/policies/eligibility.ts';
import { PerformanceBased } from '../../src/policies/performance-based.ts';
import { HOLD } from '../../src/policies/policy.ts';
import { ShadowBook, ShadowTally } from '../../src/policies/shadow.ts';
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
  for (let k = 0; k < 20; k++) fleet.kind().work.finished(10_000, 100);
  const chooser = new Chooser(fleet, fleet.random);
  const request = fleet.request();
  expect(chooser.choose(request, new PerformanceBased(), 10_000, 0)).toBe(HELD);
  return { fleet, slow, candidates: chooser.finder.found, request, book: new ShadowBook(new AdaptivePolicy()) };
}

describe('ShadowBook', () => {
  it('counts who would have waited and who would not', () => {
    const { book, candidates, request, slow } = heldBack();
    book.note(candidates, request, HOLD, at('performance-based'));
    expect(book.decisions).toBe(0);
    expect(book.tallies[at('performance-based')]).toMatchObject({ holds: 1, agreed: 0 });
    expect(book.tallies[at('round-robin')]).toMatchObject({ holds: 0, agreed: 0 });

    // a policy of the user's, none of the seven, takes the slow one
    book.note(candidates, request, slow, -1);
    expect(book.decisions).toBe(1);
    expect(book.tallies[at('performance-based')]).toMatchObject({ holds: 2, agreed: 0 });
    expect(book.tallies[at('round-robin')]).toMatchObject({ holds: 0, agreed: 1 });
    expect(book.tallies[at('round-robin')]?.picks[slow]).toBe(1);

    // what it holds for is not known: nothing to score
    book.note(candidates, request, HOLD, -1);
    expect(book.tallies[at('performance-based')]?.holds).toBe(3);
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
    expect(book.tallies.map(({ picks }) => picks[slow])).toEqual(ALGORITHMS.map(() => 0));
  });

  it('remembers the last hundred moves', () => {
    const { book } = heldBack();
    for (let t = 1; t <= 103; t++) book.moved({ cls: 1, from: 'round-robin', to: 'least-connections', regret: 0.1 }, t);
    expect([book.moves.length, book.moves[0]?.at, book.moves.at(-1)?.at]).toEqual([100, 4, 103]);
  });

  it('has room for the picks of large fleets', () => {
    const tally = new ShadowTally();
    for (const i of [3, 9_999, 9_999, 3_000]) tally.pick(i);
    expect([tally.picks[3], tally.picks[9_999], tally.picks[3_000]]).toEqual([1, 2, 1]);
  });
});
