import { describe, expect, it } from 'vitest';
import { ServingState } from '../../src/fleet/component-table.ts';
import { LeastConnections } from '../../src/selection/algorithms/least-connections.ts';
import { type BuiltInPolicy, Pick } from '../../src/selection/built-in-policy.ts';
import { ComponentSelector } from '../../src/selection/component-selector.ts';
import { Fleet } from '../support/fleet.ts';

const first: BuiltInPolicy = { name: 'first', select: () => 0 };

const probing = (fleet: Fleet, i: number): void => {
  fleet.components.setServingState(i, ServingState.probing);
  fleet.components.setAwaitsProbe(i, true);
};

describe('a chooser', () => {
  it('has chosen nobody, and no probe, before it is asked', () => {
    const { last, lastWasProbe } = new ComponentSelector(new Fleet(), () => 0.5);
    expect([last, lastWasProbe]).toEqual([Pick.none, false]);
  });

  it('asks eight that wait for a probe in one pick, and the next pick goes on behind them', () => {
    const fleet = new Fleet();
    const members = fleet.addMany(10);
    for (const i of members) probing(fleet, i);
    const selector = new ComponentSelector(fleet, fleet.random);
    const request = fleet.request({ excluded: members.slice(0, 8) });
    expect(selector.select(request, first, 0, 0)).toBe(Pick.none);
    expect(selector.select(request, first, 0, 0)).toBe(8);
    expect(selector.select(request, first, 0, 0)).toBe(9);
  });

  it('asks each that waits once only, where there are fewer', () => {
    const fleet = new Fleet();
    const [a, b, c] = fleet.addMany(3);
    for (const i of [a!, b!, c!]) probing(fleet, i);
    const selector = new ComponentSelector(fleet, fleet.random);
    expect(selector.select(fleet.request({ excluded: [a!, b!, c!] }), first, 0, 0)).toBe(Pick.none);
    expect(selector.select(fleet.request(), first, 0, 0)).toBe(a);
  });

  it('sends a retry back to where it failed when nobody else can take it, be it the first of all', () => {
    const fleet = new Fleet();
    const only = fleet.add();
    probing(fleet, only);
    const selector = new ComponentSelector(fleet, fleet.random);
    expect(only).toBe(0);
    expect(selector.select(fleet.request({ lastFailed: only }), first, 0, 0)).toBe(only);
    expect(selector.lastWasProbe).toBe(true);
  });
});

describe('a peek', () => {
  it('draws numbers of its own, spread over equals', () => {
    const fleet = new Fleet();
    fleet.addMany(4);
    let drawn = 0;
    const selector = new ComponentSelector(fleet, () => {
      drawn++;
      return 0.5;
    });
    const policy = new LeastConnections();
    const seen = new Set(Array.from({ length: 100 }, () => selector.preview(fleet.request(), policy, 0, 0)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3]);
    expect(drawn).toBe(0);
  });

  it('asks a finder that is not the one of the picks', () => {
    const fleet = new Fleet();
    fleet.addMany(70);
    let drawn = 0;
    const selector = new ComponentSelector(fleet, () => {
      drawn++;
      return 0.5;
    });
    selector.eligibility.sampleSize = 5;
    selector.eligibility.fill(fleet.request(), 0, 0);
    const before = [...selector.eligibility.candidates.list.subarray(0, 5)];
    const draws = drawn;
    const { previewEligibility } = selector;
    expect(previewEligibility.fill(fleet.request(), 0, 0)).toBe(5);
    expect(previewEligibility).not.toBe(selector.eligibility);
    expect([...selector.eligibility.candidates.list.subarray(0, 5)]).toEqual(before);
    expect(drawn).toBe(draws);
  });

  it('gives a policy the memory that it makes, and an empty one where it makes none', () => {
    const fleet = new Fleet();
    fleet.add({ maxConcurrentTasks: 1 });
    fleet.add({ maxConcurrentTasks: 9 });
    const selector = new ComponentSelector(fleet, fleet.random);
    const seen: unknown[] = [];
    const select: BuiltInPolicy['select'] = ({ list }, _request, memory) => {
      seen.push(memory);
      return list.indexOf(0);
    };
    // least connections, which would stand in for a policy that fails, takes the larger one
    expect(selector.preview(fleet.request(), { name: 'made', createMemory: () => ({ turn: 7 }), select }, 0, 0)).toBe(
      0,
    );
    expect(selector.preview(fleet.request(), { name: 'none', select }, 0, 0)).toBe(0);
    expect(seen).toEqual([{ turn: 7 }, {}]);
  });
});
