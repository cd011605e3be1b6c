import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Wished, Wishes } from '../../src/inspector/page/view-preferences.ts';

const FIRST: Wished = { focus: 'balancer', messages: false, visible: true };

describe('what the page tells the server of what the person looks at', () => {
  const calls: { wished: Wished; answer: (taken: boolean) => void }[] = [];
  const make = (): Wishes =>
    new Wishes(FIRST, (wished) => new Promise((resolve) => calls.push({ wished, answer: resolve })));
  const answer = async (taken: boolean): Promise<void> => {
    calls.at(-1)?.answer(taken);
    await vi.advanceTimersByTimeAsync(0);
  };
  const focuses = (): string[] => calls.map(({ wished }) => wished.focus);

  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    calls.length = 0;
    vi.useRealTimers();
  });

  it('goes in one call at a time, the next with the latest of what came meanwhile', async () => {
    const wishes = make();
    wishes.opened(FIRST);
    for (const focus of ['a', 'b', 'c']) wishes.want({ focus });
    expect(focuses()).toEqual(['a']);
    await answer(true);
    expect(focuses()).toEqual(['a', 'c']);
    await answer(true);
    await vi.runAllTimersAsync();
    expect(focuses()).toEqual(['a', 'c']);
  });

  it('is not said again when the server has it', async () => {
    const wishes = make();
    wishes.opened(FIRST);
    wishes.want({ messages: false });
    wishes.want({ focus: 'a' });
    wishes.want({ focus: 'balancer' });
    await answer(true);
    await answer(true);
    expect(focuses()).toEqual(['a', 'balancer']);
    wishes.want(FIRST);
    await vi.runAllTimersAsync();
    expect(calls).toHaveLength(2);
  });

  it('is said again after a call that got lost, as it is by then', async () => {
    const wishes = make();
    wishes.opened(FIRST);
    wishes.want({ focus: 'a' });
    await answer(false);
    expect(calls).toHaveLength(1);
    wishes.want({ focus: 'b' });
    await vi.advanceTimersByTimeAsync(500);
    await answer(true);
    await vi.runAllTimersAsync();
    expect(focuses()).toEqual(['a', 'b']);
  });

  it('waits for a line, and is said on a new one when that does not know it', async () => {
    const wishes = make();
    wishes.want({ focus: 'a' });
    expect(calls).toHaveLength(0);
    wishes.opened(FIRST);
    wishes.closed();
    // the answer to a call about the line before says nothing about this one
    wishes.opened(FIRST);
    await answer(true);
    expect(focuses()).toEqual(['a', 'a']);
    await answer(true);
    wishes.closed();
    wishes.want({ visible: false });
    wishes.opened({ ...FIRST, focus: 'a' });
    expect(calls.at(-1)?.wished).toEqual({ focus: 'a', messages: false, visible: false });
  });
});
