import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoadBalancer } from '../../src/index.ts';
import type { Change } from '../../src/inspector/protocol.ts';
import { ChangeLog } from '../../src/inspector/server/change-log.ts';
import { isBand, latestOf } from '../../src/inspector/view-state.ts';
import { quietBalancer } from '../support/inspecting.ts';

describe('the log of changes', () => {
  let balancer: LoadBalancer;
  let recorder: ChangeLog;
  let change: (from: 'Available' | 'Busy', to: 'Available' | 'Busy' | 'Failed') => void;

  beforeEach(async () => {
    balancer = await quietBalancer(['a']);
    const listeners = new Map<string, ((fact: object) => void)[]>();
    // a balancer whose facts the test tells
    const told = new Proxy(balancer, {
      get: (target, key) =>
        key === 'on'
          ? (type: string, listener: (fact: object) => void) => {
              listeners.set(type, [...(listeners.get(type) ?? []), listener]);
              return () => {};
            }
          : Reflect.get(target, key, target),
    });
    recorder = new ChangeLog(told, () => 1_000);
    change = (from, to) => {
      const fact = { type: 'component.statusChanged', componentId: 'a', from, to, state: 'x', reason: 'y' };
      for (const listener of listeners.get('component.statusChanged') ?? []) listener(fact);
    };
  });
  afterEach(() => balancer.stop({ drain: false }));

  it('keeps what is rare, however often the load changes', () => {
    change('Available', 'Failed');
    for (let k = 0; k < 5_000; k++) change(k % 2 === 0 ? 'Available' : 'Busy', k % 2 === 0 ? 'Busy' : 'Available');
    const recent = recorder.recent(500);
    expect(recent[0]).toMatchObject({ seq: 1, to: 'Failed' });
    expect(recent).toHaveLength(501);
    expect(recent.slice(1).map(({ seq }) => seq)).toEqual(Array.from({ length: 500 }, (_, k) => 4_502 + k));
  });

  it('is bounded, whatever changes', () => {
    for (let k = 0; k < 5_000; k++) change('Busy', 'Failed');
    const seqs = recorder.recent(500).map(({ seq }) => seq);
    expect(seqs.length).toBeLessThanOrEqual(1_000);
    expect(seqs).toEqual(seqs.map((_, k) => 5_001 - seqs.length + k));
  });

  it('is kept by a viewer in the same way', () => {
    const line = (seq: number, to: string): Change => ({
      seq,
      at: 0,
      type: 'component.statusChanged',
      actor: 'component:a',
      from: 'Busy',
      to,
    });
    let kept: readonly Change[] = [line(1, 'Failed'), line(2, 'Maintenance')];
    for (let seq = 3; seq < 100; seq++) kept = latestOf([...kept, line(seq, 'Available')], 10, 5);
    expect(kept.map(({ seq }) => seq)).toEqual([1, 2, ...Array.from({ length: 10 }, (_, k) => 90 + k)]);
    for (let seq = 100; seq < 200; seq++) kept = latestOf([...kept, line(seq, 'Failed')], 10, 5);
    expect(kept.map(({ seq }) => seq)).toEqual(Array.from({ length: 15 }, (_, k) => 185 + k));
    expect([line(1, 'Overloaded'), line(1, 'Failed')].map(isBand)).toEqual([true, false]);
  });
});
