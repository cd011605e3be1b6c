import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServingState } from '../../src/fleet/component-table.ts';
import { Band } from '../../src/fleet/load-bands.ts';
import type { SelectionRequest } from '../../src/selection/built-in-policy.ts';
import { Eligibility } from '../../src/selection/eligibility.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { Fleet } from '../support/fleet.ts';

const found = (eligibility: Eligibility, request: SelectionRequest): number[] => {
  const count = eligibility.fill(request, 0, 0);
  return [...eligibility.candidates.list.subarray(0, count)];
};

/** The rules one after the other, over plain lists, written a second time. */
function eligible(fleet: Fleet, request: SelectionRequest): number[] {
  const { components, resources } = fleet;
  const keepIfAny = (list: number[], keep: (i: number) => boolean): number[] => {
    const kept = list.filter(keep);
    return kept.length > 0 ? kept : list;
  };
  let list = fleet
    .route(request.type)
    .members.filter((i) => !request.excluded?.includes(i))
    .filter((i) => components.servingState[i] === ServingState.operational)
    .filter((i) => components.free[i]! > 0)
    .filter((i) => request.demand === null || resources.fits(i, request.demand, 0));
  list = keepIfAny(list, (i) => i !== request.lastFailed);
  if (request.cls >= 3) list = keepIfAny(list, (i) => components.band[i] !== Band.overloaded);
  if (request.preferred !== null) list = keepIfAny(list, (i) => request.preferred!.includes(i));
  return list;
}

const component = fc.record({
  taken: fc.constantFrom(0, 1, 3),
  standing: fc.constantFrom(...[1, 1, 1, 1, 2, 3, 3, 4, 5].map((s) => s as 1 | 2 | 3 | 4 | 5)),
  ejected: fc.boolean(),
  band: fc.constantFrom(Band.available, Band.busy, Band.overloaded),
  used: fc.constantFrom(0, 50, 95),
  serves: fc.constantFrom(undefined, ['GENERAL'], ['OTHER']),
});
const index = fc.nat(9);
const request = fc.record({
  cls: fc.nat(4),
  demand: fc.constantFrom(null, [10, 0, 0, 0] as const, [60, 0, 0, 0] as const),
  excluded: fc.option(fc.uniqueArray(index, { maxLength: 4 }), { nil: null }),
  preferred: fc.option(fc.uniqueArray(index, { maxLength: 4 }), { nil: null }),
  affinityKey: fc.option(fc.string(), { nil: undefined }),
  idempotent: fc.boolean(),
  lastFailed: fc.integer({ min: -1, max: 9 }),
});

function build(specs: readonly (typeof component extends fc.Arbitrary<infer T> ? T : never)[]): Fleet {
  const fleet = new Fleet();
  for (const { taken, standing, ejected, band, used, serves } of specs) {
    const i = fleet.add({ maxConcurrentTasks: 3, serves });
    fleet.take(i, taken);
    fleet.components.setBand(i, band);
    fleet.components.ejected[i] = ejected ? 1 : 0;
    fleet.components.setServingState(i, standing);
    fleet.resources.report(i, { cpu: used }, 0);
  }
  return fleet;
}

describe('Eligibility', () => {
  it('finds whom the rules leave, in the order of the members', () => {
    fc.assert(
      fc.property(fc.array(component, { maxLength: 10 }), request, (specs, changes) => {
        const fleet = build(specs);
        const eligibility = new Eligibility(fleet, fleet.random);
        const view = fleet.request(changes);
        const expected = eligible(fleet, view);
        const list = found(eligibility, view);
        if (view.affinityKey === undefined) expect(list).toEqual(expected);
        else if (expected.length === 0) expect(list).toEqual([]);
        else {
          expect(list).toHaveLength(1);
          expect(expected).toContain(list[0]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('finds by the same rules where each member has a free slot, whatever it was asked before', () => {
    const open = fc.record({
      taken: fc.constantFrom(0, 1),
      standing: fc.constant(ServingState.operational),
      ejected: fc.constant(false),
      band: fc.constantFrom(Band.available, Band.available, Band.overloaded),
      used: fc.constantFrom(0, 0, 95),
      serves: fc.constant(undefined),
    });
    const wish = fc.oneof(
      fc.constant({}),
      fc.record({ lastFailed: fc.nat(4) }),
      fc.record({ preferred: fc.uniqueArray(fc.nat(4), { maxLength: 2 }) }),
      fc.record({ excluded: fc.uniqueArray(fc.nat(4), { maxLength: 2 }) }),
      fc.record({ demand: fc.constant([10, 0, 0, 0] as const) }),
    );
    const asked = fc.tuple(fc.nat(4), wish).map(([cls, wished]) => ({ cls, ...wished }));
    fc.assert(
      fc.property(
        fc.array(open, { minLength: 1, maxLength: 5 }),
        fc.array(asked, { minLength: 1, maxLength: 4 }),
        (specs, requests) => {
          const fleet = build(specs);
          const eligibility = new Eligibility(fleet, fleet.random);
          for (const changes of requests) {
            const view = fleet.request(changes);
            expect(found(eligibility, view)).toEqual(eligible(fleet, view));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('finds by the same rules in a route too large to scan, but a sample only', () => {
    fc.assert(
      fc.property(fc.array(component, { maxLength: 10 }), request, fc.nat(), (specs, changes, seed) => {
        const fleet = build(specs);
        // eighty more that are full, so that the same ten decide
        for (let k = 0; k < 80; k++) fleet.fill(fleet.add({ maxConcurrentTasks: 1 }));
        const eligibility = new Eligibility(fleet, seededRandom(seed));
        const view = fleet.request(changes);
        const expected = eligible(fleet, view);
        const list = found(eligibility, view);
        for (const i of list) expect(expected).toContain(i);
        expect(new Set(list).size).toBe(list.length);
        if (expected.length > 0) expect(list.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  it('draws distinct candidates, as many as it is told, each with the same chance', () => {
    const fleet = new Fleet();
    fleet.addMany(100);
    const eligibility = new Eligibility(fleet, seededRandom(9));
    const counts = new Int32Array(100);
    for (let k = 0; k < 20_000; k++) {
      const list = found(eligibility, fleet.request());
      expect(new Set(list).size).toBe(2);
      for (const i of list) counts[i]!++;
    }
    // Binomial(20,000, 1/50): mean 400, sd 20
    for (const n of counts) expect(Math.abs(n - 400)).toBeLessThan(110);
    eligibility.sampleSize = 5;
    expect(new Set(found(eligibility, fleet.request())).size).toBe(5);
    expect(eligibility.candidates.sampled).toBe(true);
  });

  it('finds the one of 5,000 that may take the request', () => {
    const fleet = new Fleet();
    const all = fleet.addMany(5000, { maxConcurrentTasks: 1 });
    for (const i of all) if (i !== 4321) fleet.fill(i);
    const eligibility = new Eligibility(fleet, fleet.random);
    expect(found(eligibility, fleet.request())).toEqual([4321]);
    expect(found(eligibility, fleet.request({ lastFailed: 4321 }))).toEqual([4321]);
    fleet.components.setBand(4321, Band.overloaded);
    expect(found(eligibility, fleet.request({ cls: 4 }))).toEqual([4321]);
    fleet.fill(4321);
    expect(found(eligibility, fleet.request())).toEqual([]);
  });

  it('walks on to one with room when those drawn have none, and where it just failed last', () => {
    const fleet = new Fleet();
    const all = fleet.addMany(500);
    for (const i of all) if (i !== 77 && i !== 78) fleet.resources.reserve(i, [95, 0, 0, 0]);
    const eligibility = new Eligibility(fleet, seededRandom(4));
    const demand = [10, 0, 0, 0] as const;
    for (let k = 0; k < 50; k++) {
      expect(found(eligibility, fleet.request({ demand, lastFailed: 77 }))).toEqual([78]);
      expect(found(eligibility, fleet.request({ demand, lastFailed: 77, excluded: [78] }))).toEqual([77]);
      fleet.components.setBand(78, Band.overloaded);
      expect(found(eligibility, fleet.request({ demand, cls: 3, lastFailed: 77 }))).toEqual([78]);
      fleet.components.setBand(78, Band.available);
    }
    expect(found(eligibility, fleet.request({ demand, excluded: [77, 78] }))).toEqual([]);
  });

  it('prefers even among those that are not welcome', () => {
    const fleet = new Fleet();
    for (const i of fleet.addMany(300)) fleet.components.setBand(i, Band.overloaded);
    const eligibility = new Eligibility(fleet, seededRandom(6));
    for (let k = 0; k < 20; k++) {
      expect(found(eligibility, fleet.request({ cls: 4, preferred: [123], lastFailed: 7 }))).toEqual([123]);
    }
  });

  it('uses preferred ones of a large route by name', () => {
    const fleet = new Fleet();
    fleet.addMany(100);
    fleet.add({ serves: ['OTHER'] });
    const eligibility = new Eligibility(fleet, fleet.random);
    expect(found(eligibility, fleet.request({ preferred: [5, 6, 5, 100, 101] }))).toEqual([5, 6]);
    expect(eligibility.candidates.restricted).toBe(true);
    expect(found(eligibility, fleet.request({ preferred: [5, 6], lastFailed: 5 }))).toEqual([6]);
    fleet.fill(5);
    fleet.fill(6);
    expect(found(eligibility, fleet.request({ preferred: [5, 6] }))).toHaveLength(2);
    expect(eligibility.candidates.restricted).toBe(false);
  });
});

describe('affinity', () => {
  const keys = Array.from({ length: 300 }, (_, k) => `key ${k}`);
  const homes = (eligibility: Eligibility, fleet: Fleet): number[] =>
    keys.map((affinityKey) => found(eligibility, fleet.request({ affinityKey }))[0]!);

  it.each([8, 120])('sends a key to the same of %i components while it is eligible, and back when it is again', (n) => {
    const fleet = new Fleet();
    fleet.addMany(n);
    const eligibility = new Eligibility(fleet, fleet.random);
    const before = homes(eligibility, fleet);
    expect(homes(eligibility, fleet)).toEqual(before);
    const gone = before[0]!;
    fleet.fill(gone);
    const during = homes(eligibility, fleet);
    for (const [k, home] of during.entries()) {
      if (before[k] === gone) expect(home).not.toBe(gone);
      else expect(home).toBe(before[k]);
    }
    // those of the one that is full spread over several
    if (n === 8) expect(new Set(during.filter((_, k) => before[k] === gone)).size).toBeGreaterThan(4);
    fleet.release(gone, 10);
    expect(homes(eligibility, fleet)).toEqual(before);
  });

  it('is the same in a small route and a large one, whatever the order of the members', () => {
    const small = new Fleet(seededRandom(1));
    small.addMany(64);
    const large = new Fleet(seededRandom(2));
    large.addMany(65);
    large.fill(64);
    const a = homes(new Eligibility(small, small.random), small);
    const b = homes(new Eligibility(large, large.random), large);
    expect(a).toEqual(b);
  });

  it('spreads keys evenly', () => {
    const fleet = new Fleet();
    fleet.addMany(5);
    const counts = new Int32Array(5);
    for (const home of homes(new Eligibility(fleet, fleet.random), fleet)) counts[home]!++;
    // Binomial(300, 1/5): mean 60, sd 7
    for (const n of counts) expect(Math.abs(n - 60)).toBeLessThan(32);
  });

  it('moves only the keys of a component that leaves, and follows an id to another index', () => {
    const fleet = new Fleet();
    fleet.addMany(70);
    const eligibility = new Eligibility(fleet, fleet.random);
    const before = homes(eligibility, fleet);
    const gone = before[0]!;
    const id = fleet.components.ids[gone]!;
    fleet.remove(gone);
    const during = homes(eligibility, fleet);
    for (const [k, home] of during.entries()) if (before[k] !== gone) expect(home).toBe(before[k]);
    fleet.add({ id: 'another' });
    expect(fleet.add({ id })).toBe(70);
    const after = homes(eligibility, fleet);
    for (const [k, home] of after.entries()) {
      if (before[k] === gone && home !== gone) expect(home).toBe(70);
    }
  });

  it('comes after preference, and looks on when its first may not be used', () => {
    const fleet = new Fleet();
    fleet.addMany(100);
    const eligibility = new Eligibility(fleet, fleet.random);
    const [home] = found(eligibility, fleet.request({ affinityKey: 'k' }));
    const others = [1, 2, 3].filter((i) => i !== home);
    expect(others).toContain(found(eligibility, fleet.request({ affinityKey: 'k', preferred: others }))[0]);
    const [second] = found(eligibility, fleet.request({ affinityKey: 'k', excluded: [home!] }));
    expect(second).not.toBe(home);
    expect(found(eligibility, fleet.request({ affinityKey: 'k', lastFailed: home! }))).toEqual([second]);
    for (let i = 0; i < 100; i++) if (i !== home) fleet.fill(i);
    expect(found(eligibility, fleet.request({ affinityKey: 'k', lastFailed: home! }))).toEqual([home]);
    expect(found(eligibility, fleet.request({ affinityKey: 'k', excluded: [home!] }))).toEqual([]);
  });
});
