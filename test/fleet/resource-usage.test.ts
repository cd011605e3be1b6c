import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RESOURCES } from '../../src/domain/workload.ts';
import { type Demand, ResourceUsage, toDemand } from '../../src/fleet/resource-usage.ts';

const shares = fc.record({
  cpu: fc.nat(60),
  memory: fc.nat(60),
  network: fc.nat(60),
  storage: fc.nat(60),
});

function newUsage(limits = {}): ResourceUsage {
  const resources = new ResourceUsage();
  resources.reset(0, limits);
  return resources;
}

const used = (resources: ResourceUsage, t: number): number[] => RESOURCES.map((_, r) => resources.used(0, r, t));

function dominantShare(resources: ResourceUsage, i: number, demand: Demand | null, t: number): number {
  const share = new Float64Array(1);
  resources.dominantShares(Int32Array.of(i), 1, demand, t, share);
  return share[0]!;
}

describe('toDemand', () => {
  it('is null for no demand at all, so that most requests cost nothing', () => {
    expect(toDemand(undefined)).toBeNull();
    expect(toDemand({})).toBeNull();
    expect(toDemand({ cpu: 0, memory: 0, network: 0, storage: 0 })).toBeNull();
  });

  it('fills in what is missing', () => {
    expect(toDemand({ network: 5 })).toEqual([0, 0, 5, 0]);
    expect(toDemand({ cpu: 1, memory: 2, storage: 4 })).toEqual([1, 2, 0, 4]);
  });
});

describe('ResourceUsage', () => {
  it('agrees with a list of reservations and the last reports, whatever happens', () => {
    const operation = fc.record({
      what: fc.constantFrom('reserve', 'free', 'report', 'limit', 'time'),
      shares,
      partial: fc.constantFrom(...RESOURCES),
      wait: fc.constantFrom(0, 1, 4000, 10_000),
      pick: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const resources = newUsage({ cpu: 90 });
        const held: Demand[] = [];
        const limits = { cpu: 90, memory: 100, network: 100, storage: 100 };
        let reported = { cpu: 0, memory: 0, network: 0, storage: 0 };
        let reportedAt = Number.NEGATIVE_INFINITY;
        let t = 0;
        for (const { what, shares: given, partial, wait, pick } of operations) {
          t += wait;
          const demand: Demand = [given.cpu / 7, given.memory / 7, given.network / 7, given.storage / 7];
          if (what === 'reserve') {
            resources.reserve(0, demand);
            held.push(demand);
          } else if (what === 'free' && held.length > 0) {
            const [gone] = held.splice(pick % held.length, 1);
            resources.free(0, gone!);
          } else if (what === 'report') {
            resources.report(0, { [partial]: given[partial] }, t);
            reported = { ...reported, [partial]: given[partial] };
            reportedAt = t;
          } else if (what === 'limit') {
            resources.setLimits(0, { [partial]: given[partial] });
            limits[partial] = given[partial];
          }
          const expected = RESOURCES.map((name, r) => {
            const reserved = held.reduce((s, one) => s + one[r]!, 0);
            return t - reportedAt > 10_000 ? reserved : Math.max(reserved, reported[name]);
          });
          for (const [r, share] of used(resources, t).entries()) expect(share).toBeCloseTo(expected[r]!, 9);
          if (held.length === 0 && t - reportedAt > 10_000) expect(used(resources, t)).toEqual([0, 0, 0, 0]);
          expect(resources.isIdle(t)).toBe(held.length === 0 && t - reportedAt > 10_000);
          if (resources.isIdle(t)) expect(dominantShare(resources, 0, null, t)).toBe(0);
          const fits = RESOURCES.every(
            (name, r) => demand[r] === 0 || expected[r]! + demand[r]! <= limits[name] + 1e-6,
          );
          const tight = RESOURCES.some((name, r) => Math.abs(expected[r]! + demand[r]! - limits[name]) < 2e-6);
          if (!tight) expect(resources.fits(0, demand, t)).toBe(fits);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('lets a demand fit that fills a limit exactly, and none that exceeds one of the four', () => {
    const resources = newUsage({ cpu: 30, memory: 100, network: 10, storage: 100 });
    for (let k = 0; k < 2; k++) resources.reserve(0, [10.1, 0, 0, 0]);
    expect(resources.fits(0, [9.8, 0, 0, 0], 0)).toBe(true);
    expect(resources.fits(0, [9.9, 0, 0, 0], 0)).toBe(false);
    expect(resources.fits(0, [0, 0, 11, 0], 0)).toBe(false);
  });

  it('lets a demand pass a resource that is overused but not asked for', () => {
    const resources = newUsage({ cpu: 30 });
    resources.report(0, { cpu: 99 }, 0);
    expect(resources.fits(0, [0, 50, 0, 0], 0)).toBe(true);
    expect(resources.fits(0, [1, 50, 0, 0], 0)).toBe(false);
  });

  it('forgets a report older than 10 s', () => {
    const resources = newUsage();
    resources.reserve(0, [20, 0, 0, 0]);
    resources.report(0, { cpu: 80 }, 1000);
    expect(resources.used(0, 0, 11_000)).toBe(80);
    expect(resources.used(0, 0, 11_001)).toBe(20);
  });

  it('takes the largest share of a limit as the dominant one', () => {
    const resources = newUsage({ cpu: 100, memory: 50, network: 0, storage: 100 });
    expect(dominantShare(resources, 0, null, 0)).toBe(0);
    resources.reserve(0, [30, 20, 0, 0]);
    expect(dominantShare(resources, 0, null, 0)).toBe(0.4);
    expect(dominantShare(resources, 0, [30, 0, 0, 0], 0)).toBe(0.6);
    expect(dominantShare(resources, 0, [0, 0, 1, 0], 0)).toBe(Number.POSITIVE_INFINITY);
  });

  it('starts anew with a component whose index is used again, and grows as the fleet does', () => {
    const resources = newUsage();
    resources.reserve(0, [30, 20, 0, 0]);
    resources.report(0, { cpu: 80 }, 0);
    resources.reset(100, { memory: 7 });
    expect(used(resources, 0)).toEqual([80, 20, 0, 0]);
    expect(RESOURCES.map((_, r) => resources.limit(100, r))).toEqual([100, 7, 100, 100]);
    expect(resources.isIdle(20_000)).toBe(false);
    resources.reset(0, {});
    expect(used(resources, 0)).toEqual([0, 0, 0, 0]);
    expect(resources.isIdle(20_000)).toBe(true);
  });
});
