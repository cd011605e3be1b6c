import { describe, expect, it } from 'vitest';
import { ServingState } from '../../src/fleet/component-table.ts';
import { Band } from '../../src/fleet/load-bands.ts';
import { createPolicy } from '../../src/selection/algorithms/registry.ts';
import { RoundRobin } from '../../src/selection/algorithms/round-robin.ts';
import { type BuiltInPolicy, Pick } from '../../src/selection/built-in-policy.ts';
import { ComponentSelector } from '../../src/selection/component-selector.ts';
import { CustomPolicy } from '../../src/selection/custom-policy.ts';
import { HOLD, type Policy } from '../../src/selection/policy.ts';
import { Fleet, scripted } from '../support/fleet.ts';

/** Answers what it is told to. */
const answering = (select: Policy['select']): CustomPolicy => new CustomPolicy({ name: 'custom', select });
const first = answering(() => 0);

function chooserOf(fleet: Fleet): { chooser: ComponentSelector; mistakes: string[] } {
  const mistakes: string[] = [];
  const selector = new ComponentSelector(fleet, fleet.random, (policy, cause) =>
    mistakes.push(`${policy.name}: ${cause}`),
  );
  return { chooser: selector, mistakes };
}

/** What a policy written in JavaScript may answer. */
const nothing = (value: unknown): number => JSON.parse('{"answer":null}', () => value);

describe('a policy of the user’s', () => {
  const nonsense: [string, Policy['select'], RegExp][] = [
    [
      'throws',
      () => {
        throw new Error('boom');
      },
      /boom/,
    ],
    ['answers NaN', () => Number.NaN, /got NaN/],
    ['answers a fraction', () => 0.5, /got 0.5/],
    ['answers beyond the list', () => 2, /below 2 or HOLD, got 2/],
    ['answers below HOLD', () => -3, /got -3/],
    ['answers -1', () => -1, /below 2 or HOLD, got -1/],
    ['answers a promise', () => nothing(Promise.resolve(0)), /got a promise/],
    ['answers Infinity', () => Number.POSITIVE_INFINITY, /Infinity/],
    ['answers nothing', () => nothing(undefined), /got undefined/],
    ['answers text', () => nothing('0'), /got "0"/],
    ['answers a symbol', () => nothing(Symbol('s')), /got Symbol/],
    ['answers what cannot be shown', () => nothing({ toString: null, valueOf: null }), /got \{/],
    ['holds though nobody works', () => HOLD, /held while no component/],
  ];
  it.each(nonsense)('that %s is reported, and least connections picks instead', (_, select, report) => {
    const fleet = new Fleet();
    fleet.add({ maxConcurrentTasks: 3 });
    fleet.add({ maxConcurrentTasks: 9 });
    const { chooser: selector, mistakes } = chooserOf(fleet);
    expect(selector.select(fleet.request(), answering(select), 0, 0)).toBe(1);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(report);
    expect(mistakes[0]).toMatch(/^custom: /);
  });

  it('is not needed to see who has come and gone between two picks', () => {
    const fleet = new Fleet();
    const first = fleet.add({ maxConcurrentTasks: 3 });
    const { chooser: selector } = chooserOf(fleet);
    const ours = createPolicy('least-connections');
    expect(selector.select(fleet.request(), ours, 0, 0)).toBe(first);
    const larger = fleet.add({ maxConcurrentTasks: 9 });
    expect(selector.select(fleet.request(), ours, 0, 0)).toBe(larger);
    fleet.routes.remove(larger);
    fleet.components.remove(larger);
    expect(selector.select(fleet.request(), ours, 0, 0)).toBe(first);
  });

  it('may hold while someone works', () => {
    const fleet = new Fleet();
    fleet.addMany(2);
    fleet.take(1);
    const { chooser: selector, mistakes } = chooserOf(fleet);
    expect(
      selector.select(
        fleet.request(),
        answering(() => HOLD),
        0,
        0,
      ),
    ).toBe(Pick.hold);
    expect(selector.last).toBe(Pick.hold);
    expect(selector.lastWasProbe).toBe(false);
    expect(mistakes).toEqual([]);
  });

  it('whose memory cannot be made is contained as well', () => {
    const fleet = new Fleet();
    fleet.addMany(1);
    const { chooser: selector, mistakes } = chooserOf(fleet);
    const policy = new CustomPolicy({
      name: 'forgetful',
      createMemory: () => {
        throw new Error('no memory');
      },
      select: () => 0,
    });
    expect(selector.select(fleet.request(), policy, 0, 0)).toBe(0);
    expect(mistakes).toEqual(['forgetful: Error: no memory']);
  });

  it('gets its own memory for each route', () => {
    const fleet = new Fleet();
    fleet.add({ serves: ['A'] });
    fleet.add({ serves: ['B'] });
    const { chooser: selector } = chooserOf(fleet);
    const seen: unknown[] = [];
    const policy = answering((_, __, memory) => seen.push(memory) - seen.length);
    for (const type of ['A', 'B', 'A']) selector.select(fleet.request({ type }), policy, 0, 0);
    expect(seen[0]).toBe(seen[2]);
    expect(seen[0]).not.toBe(seen[1]);
  });

  it('is contained without a listener, and when it is peeked at', () => {
    const fleet = new Fleet();
    fleet.addMany(1);
    const selector = new ComponentSelector(fleet, fleet.random);
    const policy = answering(() => 7);
    expect(selector.select(fleet.request(), policy, 0, 0)).toBe(0);
    expect(selector.preview(fleet.request(), policy, 0, 0)).toBe(0);
  });
});

describe('a policy’s own pick among many', () => {
  const many = (): { fleet: Fleet; chooser: ComponentSelector; mistakes: string[] } => {
    const fleet = new Fleet();
    fleet.addMany(100);
    return { fleet, ...chooserOf(fleet) };
  };
  const large = (pick: () => number): BuiltInPolicy => ({ name: 'large', select: () => 0, selectLarge: pick });

  it('is taken when it is open and may be used', () => {
    const { fleet, chooser: selector } = many();
    expect(
      selector.select(
        fleet.request(),
        large(() => 42),
        0,
        0,
      ),
    ).toBe(42);
  });

  it('gives way to a sample when it may not be used, or is not wanted', () => {
    const { fleet, chooser: selector, mistakes } = many();
    const policy = large(() => 42);
    const never = (i: number): void => {
      expect(i).not.toBe(42);
      expect(fleet.components.free[i]).toBeGreaterThan(0);
    };
    never(selector.select(fleet.request({ excluded: [42] }), policy, 0, 0));
    never(selector.select(fleet.request({ lastFailed: 42 }), policy, 0, 0));
    never(selector.select(fleet.request({ preferred: [7] }), policy, 0, 0));
    never(selector.select(fleet.request({ affinityKey: 'key 1' }), policy, 0, 0));
    fleet.components.setBand(42, Band.overloaded);
    never(selector.select(fleet.request({ cls: 3 }), policy, 0, 0));
    fleet.fill(42);
    never(selector.select(fleet.request(), policy, 0, 0));
    never(
      selector.select(
        fleet.request(),
        large(() => -1),
        0,
        0,
      ),
    );
    expect(mistakes).toEqual([]);
  });

  it('is reported when it throws', () => {
    const { fleet, chooser: selector, mistakes } = many();
    const failing = large(() => {
      throw new Error('boom');
    });
    expect(selector.select(fleet.request(), failing, 0, 0)).toBeGreaterThanOrEqual(0);
    expect(mistakes).toEqual(['large: Error: boom']);
  });

  it('is not asked for when nobody is open', () => {
    const { fleet, chooser: selector } = many();
    for (let i = 0; i < 100; i++) fleet.fill(i);
    const policy = large(() => {
      throw new Error('not to be asked');
    });
    expect(selector.select(fleet.request(), policy, 0, 0)).toBe(Pick.none);
  });
});

describe('probes', () => {
  /** One operational component, and one that waits for a request as its probe. */
  function probing(): { fleet: Fleet; chooser: ComponentSelector; healthy: number; probe: number } {
    const fleet = new Fleet();
    const healthy = fleet.add();
    const probe = fleet.add();
    fleet.components.setServingState(probe, ServingState.probing);
    fleet.components.setAwaitsProbe(probe, true);
    return { fleet, chooser: chooserOf(fleet).chooser, healthy, probe };
  }

  it('take the next request at once, before any policy is asked', () => {
    const { fleet, chooser: selector, probe, healthy } = probing();
    expect(selector.select(fleet.request(), first, 0, 0)).toBe(probe);
    expect([selector.last, selector.lastWasProbe]).toEqual([probe, true]);
    fleet.components.setAwaitsProbe(probe, false);
    expect(selector.select(fleet.request(), first, 0, 0)).toBe(healthy);
    expect(selector.lastWasProbe).toBe(false);
  });

  it('are idempotent, unless no idempotent request came in the last minute', () => {
    const { fleet, chooser: selector, probe, healthy } = probing();
    expect(selector.select(fleet.request({ idempotent: false }), first, 0, 0)).toBe(probe);
    fleet.components.idempotentAt[probe] = 1_000;
    expect(selector.select(fleet.request({ idempotent: false }), first, 1_000, 0)).toBe(healthy);
    expect(selector.select(fleet.request({ idempotent: false }), first, 60_999, 0)).toBe(healthy);
    expect(selector.select(fleet.request(), first, 60_999, 0)).toBe(probe);
    expect(selector.select(fleet.request({ idempotent: false }), first, 61_000, 0)).toBe(probe);
  });

  it('respect exclusions, types and resources', () => {
    const { fleet, chooser: selector, probe, healthy } = probing();
    const other = fleet.add({ serves: ['OTHER'] });
    fleet.components.setServingState(other, ServingState.probing);
    fleet.components.setAwaitsProbe(other, true);
    fleet.resources.reserve(probe, [95, 0, 0, 0]);
    expect(selector.select(fleet.request({ demand: [10, 0, 0, 0] }), first, 0, 0)).toBe(healthy);
    expect(selector.select(fleet.request({ demand: [5, 0, 0, 0] }), first, 0, 0)).toBe(probe);
    expect(selector.select(fleet.request({ excluded: [probe] }), first, 0, 0)).toBe(healthy);
  });

  it('wait while what ran when it failed still holds all its slots', () => {
    const { fleet, chooser: selector, probe, healthy } = probing();
    fleet.take(probe, fleet.components.capacity[probe]);
    expect(selector.select(fleet.request(), first, 0, 0)).toBe(healthy);
    fleet.release(probe);
    expect(selector.select(fleet.request(), first, 0, 0)).toBe(probe);
  });

  it('are not the retry of what just failed there, unless nobody else can take it', () => {
    const { fleet, chooser: selector, probe, healthy } = probing();
    const retry = fleet.request({ lastFailed: probe });
    expect(selector.select(retry, first, 0, 0)).toBe(healthy);
    fleet.fill(healthy);
    expect(selector.select(retry, first, 0, 0)).toBe(probe);
    expect(selector.lastWasProbe).toBe(true);
    expect(selector.select(fleet.request({ lastFailed: healthy }), first, 0, 0)).toBe(probe);
    fleet.components.setAwaitsProbe(probe, false);
    expect(selector.select(retry, first, 0, 0)).toBe(Pick.none);
    fleet.components.setAwaitsProbe(probe, true);
    expect(selector.select({ ...retry, excluded: [probe] }, first, 0, 0)).toBe(Pick.none);
  });

  it('are not given to one that is not probing any more', () => {
    const { fleet, chooser: selector, probe, healthy } = probing();
    fleet.components.setServingState(probe, ServingState.isolated);
    expect(selector.select(fleet.request(), first, 0, 0)).toBe(healthy);
  });

  it('go round all that wait, however many cannot take the request', () => {
    const fleet = new Fleet();
    const healthy = fleet.add();
    for (const serves of [...Array(30).fill(['OTHER']), ['MINE']]) {
      const i = fleet.add({ serves });
      fleet.components.setServingState(i, ServingState.probing);
      fleet.components.setAwaitsProbe(i, true);
    }
    const { chooser: selector } = chooserOf(fleet);
    const picks = Array.from({ length: 5 }, () => selector.select(fleet.request({ type: 'MINE' }), first, 0, 0));
    expect(picks).toContain(31);
    expect(picks).toContain(healthy);
  });
});

describe('peek', () => {
  it('tells whom round robin is about to pick, as often as it is asked', () => {
    const fleet = new Fleet();
    fleet.addMany(3);
    const { chooser: selector } = chooserOf(fleet);
    const policy = new RoundRobin();
    for (let k = 0; k < 5; k++) {
      const peeked = [0, 0, 0].map(() => selector.preview(fleet.request(), policy, 0, 0));
      const chosen = selector.select(fleet.request(), policy, 0, 0);
      expect(peeked).toEqual([chosen, chosen, chosen]);
    }
  });

  it('leaves the last answer, the turn of the probes and the random numbers as they were', () => {
    const fleet = new Fleet(scripted(0.1, 0.9));
    for (let k = 0; k < 70; k++) fleet.add();
    for (const i of [0, 1]) {
      fleet.components.setServingState(i, ServingState.probing);
      fleet.components.setAwaitsProbe(i, true);
    }
    const random = scripted(0.5);
    let drawn = 0;
    const selector = new ComponentSelector(fleet, () => {
      drawn++;
      return random();
    });
    expect(selector.select(fleet.request(), first, 0, 0)).toBe(0);
    expect(selector.preview(fleet.request(), first, 0, 0)).toBe(1);
    expect(selector.preview(fleet.request({ excluded: [0, 1] }), first, 0, 0)).toBeGreaterThan(1);
    expect([selector.last, selector.lastWasProbe, drawn]).toEqual([0, true, 0]);
    expect(selector.select(fleet.request(), first, 0, 0)).toBe(1);
  });

  it('gives a policy that cannot copy its memory a fresh one', () => {
    const fleet = new Fleet();
    fleet.addMany(1);
    const { chooser: selector } = chooserOf(fleet);
    const seen: unknown[] = [];
    const policy = new CustomPolicy({
      name: 'custom',
      createMemory: () => ({}),
      select: (_, __, memory) => seen.push(memory) - seen.length,
    });
    selector.select(fleet.request(), policy, 0, 0);
    selector.preview(fleet.request(), policy, 0, 0);
    selector.select(fleet.request(), policy, 0, 0);
    expect(seen[1]).not.toBe(seen[0]);
    expect(seen[2]).toBe(seen[0]);
    const simple = answering(() => 0);
    expect(selector.preview(fleet.request(), simple, 0, 0)).toBe(0);
    expect(fleet.route().memories.has(simple)).toBe(false);
  });
});

describe('a request that is near its deadline', () => {
  const probing = (doneIn: readonly number[]): { fleet: Fleet; asks: (left: number, given: number) => number } => {
    const fleet = new Fleet();
    const only = fleet.add();
    fleet.components.setServingState(only, ServingState.probing);
    fleet.components.setAwaitsProbe(only, true);
    const now = 10_000;
    for (const ms of doneIn) fleet.kind().stats.finished(now, ms);
    const { chooser: selector } = chooserOf(fleet);
    return {
      fleet,
      asks: (left, given) => {
        const chosen = selector.select(
          fleet.request({ submittedAt: now + left - given, deadline: now + left }),
          first,
          now,
          0,
        );
        expect(selector.lastWasNoProbe).toBe(chosen === Pick.none);
        return chosen;
      },
    };
  };

  it('is no probe, and says so, where most of its type’s recent runs took longer than it has left', () => {
    const { asks } = probing(Array.from({ length: 40 }, () => 100));
    expect(asks(50, 1_000)).toBe(Pick.none);
    expect(asks(200, 1_000)).toBe(0);
  });

  it('is one where its type never has the usual time, as long as it has half of what it came with', () => {
    const { asks } = probing(Array.from({ length: 40 }, () => 100));
    expect(asks(30, 80)).toBe(Pick.none);
    expect(asks(40, 80)).toBe(0);
  });

  it('is one from a second on where nothing is known of its type, or with half of its time', () => {
    const { asks } = probing([]);
    expect(asks(999, 5_000)).toBe(Pick.none);
    expect(asks(1_000, 5_000)).toBe(0);
    expect(asks(249, 500)).toBe(Pick.none);
    expect(asks(250, 500)).toBe(0);
    expect(asks(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)).toBe(0);
  });
});
