import { describe, expect, it } from 'vitest';
import type { Route } from '../../src/fleet/route.ts';
import { hashText, RANKS, Rendezvous } from '../../src/selection/affinity.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { Fleet } from '../support/fleet.ts';

const keys = (count: number): number[] => Array.from({ length: count }, (_, k) => hashText(`key ${k}`));

function fleetOf(count: number): Fleet {
  const fleet = new Fleet();
  fleet.addMany(count);
  return fleet;
}

const ranking = (rendezvous: Rendezvous, { components }: Fleet, key: number, route: Route): number[] =>
  Array.from({ length: RANKS }, (_, rank) => rendezvous.ranking(route, components, key, rank));

/** The same by definition: all members sorted by their rank, nothing kept. */
function sorted({ components }: Fleet, key: number, route: Route): number[] {
  const fresh = new Rendezvous();
  const rank = new Map(route.members.map((i) => [i, fresh.rank(components, i, key)]));
  return [...route.members].sort((a, b) => rank.get(b)! - rank.get(a)!).slice(0, RANKS);
}

/** An object that counts how often one of its fields is read. */
function counting<T extends object>(of: T, field: keyof T): { seen: T; reads: () => number } {
  let reads = 0;
  const seen = new Proxy(of, {
    get: (target, name) => {
      if (name === field) reads++;
      return Reflect.get(target, name, target);
    },
  });
  return { seen, reads: () => reads };
}

describe('hashText', () => {
  it('is FNV-1a, by the vectors that its authors give', () => {
    expect(['', 'a', 'foobar'].map((text) => hashText(text) >>> 0)).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
  });
});

describe('rendezvous hashing', () => {
  it.each([8, 9, 70, 1_000])('names the eight of %i members that rank highest for a key, in order', (n) => {
    const fleet = fleetOf(n);
    const rendezvous = new Rendezvous();
    const route = fleet.route();
    for (const key of keys(20)) expect(ranking(rendezvous, fleet, key, route)).toEqual(sorted(fleet, key, route));
  });

  it('goes by the id of a component, not by its index or its place among the members', () => {
    const names = Array.from({ length: 80 }, (_, k) => `name ${k}`);
    const [one, other] = [names, names.toReversed()].map((ids, seed) => {
      const fleet = new Fleet(seededRandom(seed));
      for (const id of ids) fleet.add({ id });
      const rendezvous = new Rendezvous();
      return keys(50).map((key) => ranking(rendezvous, fleet, key, fleet.route()).map((i) => fleet.components.ids[i]));
    });
    expect(one).toEqual(other);
  });

  it('moves only the keys of a member that leaves, each to its second, and back when it returns', () => {
    const fleet = fleetOf(70);
    const rendezvous = new Rendezvous();
    const ids = (): string[][] =>
      keys(200).map((key) => ranking(rendezvous, fleet, key, fleet.route()).map((i) => fleet.components.ids[i]!));
    const before = ids();
    const gone = before[0]![0]!;
    fleet.remove(fleet.components.indexOf(gone));
    for (const [k, now] of ids().entries()) {
      expect(now).not.toContain(gone);
      expect(now.slice(0, RANKS - 1)).toEqual(before[k]!.filter((id) => id !== gone).slice(0, RANKS - 1));
    }
    fleet.add({ id: gone });
    expect(ids()).toEqual(before);
  });

  it('ranks a newcomer, and by its own id where it takes the index of one that has left', () => {
    const fleet = fleetOf(70);
    const rendezvous = new Rendezvous();
    const before = keys(200).map((key) => ranking(rendezvous, fleet, key, fleet.route())[0]);
    fleet.remove(7);
    expect(fleet.add({ id: 'newcomer' })).toBe(7);
    const moved: number[] = [];
    for (const [k, key] of keys(200).entries()) {
      const now = ranking(rendezvous, fleet, key, fleet.route());
      expect(now).toEqual(sorted(fleet, key, fleet.route()));
      if (before[k] !== 7 && now[0] === 7) moved.push(key);
    }
    expect(moved.length).toBeGreaterThan(0);
  });

  it('spreads keys evenly, and those of a member that leaves over all others', () => {
    const fleet = fleetOf(10);
    const rendezvous = new Rendezvous();
    const firsts = new Int32Array(10);
    const seconds = new Int32Array(10);
    for (const key of keys(10_000)) {
      const [first, second] = ranking(rendezvous, fleet, key, fleet.route());
      firsts[first!]!++;
      if (first === 4) seconds[second!]!++;
    }
    // Binomial(10,000, 1/10): mean 1,000, sd 30
    for (const n of firsts) expect(Math.abs(n - 1_000)).toBeLessThan(120);
    // Binomial(1,000, 1/9): mean 111, sd 10
    expect(seconds[4]).toBe(0);
    for (const [i, n] of seconds.entries()) if (i !== 4) expect(Math.abs(n - firsts[4]! / 9)).toBeLessThan(40);
  });

  it('ranks all of eight members, one whose rank is 0 as well', () => {
    const fleet = fleetOf(8);
    // the finaliser of MurmurHash3, which maps 0 to 0: a key equal to the hash of an id gives it the lowest rank
    const finalised = (n: number): number => {
      let h = Math.imul(n ^ (n >>> 16), 0x85ebca6b);
      h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
      return h ^ (h >>> 16);
    };
    const rendezvous = new Rendezvous();
    for (const last of fleet.route().members) {
      const key = finalised(hashText(fleet.components.ids[last]!));
      expect(rendezvous.rank(fleet.components, last, key)).toBe(0);
      expect(ranking(rendezvous, fleet, key, fleet.route())).toEqual(sorted(fleet, key, fleet.route()));
    }
  });
});

describe('what rendezvous hashing keeps', () => {
  it('works a ranking out once per key, and again when the members have changed', () => {
    const fleet = fleetOf(70);
    const rendezvous = new Rendezvous();
    const { seen: route, reads } = counting(fleet.route(), 'members');
    const [key, another] = keys(2);
    const readsFor = (wanted: number): number => {
      const before = reads();
      ranking(rendezvous, fleet, wanted, route);
      return reads() - before;
    };
    expect(readsFor(key!)).toBeGreaterThan(0);
    expect(readsFor(key!)).toBe(0);
    expect(readsFor(another!)).toBeGreaterThan(0);
    expect([readsFor(key!), readsFor(another!)]).toEqual([0, 0]);
    fleet.add();
    expect(readsFor(key!)).toBeGreaterThan(0);
    expect(readsFor(key!)).toBe(0);
  });

  it('reads the ids of the members once for all keys, and again when the members have changed', () => {
    const fleet = fleetOf(70);
    const rendezvous = new Rendezvous();
    const { seen: components, reads } = counting(fleet.components, 'ids');
    const readsFor = (key: number): number => {
      const before = reads();
      rendezvous.ranking(fleet.route(), components, key, 0);
      return reads() - before;
    };
    expect(keys(20).map(readsFor)).toEqual([70, ...Array(19).fill(0)]);
    fleet.remove(3);
    expect(keys(20).map(readsFor)).toEqual([69, ...Array(19).fill(0)]);
  });

  it('keeps keys apart that are remembered in one place', () => {
    const fleet = fleetOf(70);
    const rendezvous = new Rendezvous();
    const route = fleet.route();
    const [key] = keys(1);
    const alike = [0, 1, 2, 3].map((high) => key! ^ (high << 20));
    expect(new Set(alike.map((one) => sorted(fleet, one, route)[0])).size).toBe(4);
    for (const one of [...alike, ...alike]) {
      expect(ranking(rendezvous, fleet, one, route)).toEqual(sorted(fleet, one, route));
    }
  });

  it('keeps routes apart that are asked with one key', () => {
    const fleet = new Fleet();
    for (let k = 0; k < 20; k++) fleet.add({ serves: [k % 2 === 0 ? 'EVEN' : 'ODD'] });
    const routes = [fleet.route('EVEN'), fleet.route('ODD')];
    // as many changes here as there, so that only the routes tell them apart
    expect(routes[0]!.version).toBe(routes[1]!.version);
    const rendezvous = new Rendezvous();
    const [key] = keys(1);
    for (const route of [...routes, ...routes]) {
      expect(ranking(rendezvous, fleet, key!, route)).toEqual(sorted(fleet, key!, route));
    }
  });
});

it('a key by itself ranks as its hash does, in numbers that need no object', () => {
  const fleet = new Fleet();
  fleet.addMany(40);
  const rendezvous = new Rendezvous();
  const members = [...fleet.route().members];
  for (const key of ['', 'a', 'wallet 7', 'wallet 8', 'a']) {
    const byHash = (i: number): number => rendezvous.rank(fleet.components, i, hashText(key));
    const byKey = (i: number): number => rendezvous.rankFor(key, fleet.components, i);
    expect(members.toSorted((a, b) => byKey(b) - byKey(a))).toEqual(members.toSorted((a, b) => byHash(b) - byHash(a)));
    for (const i of members) expect(byKey(i)).toBe(byKey(i) | 0);
    const nth = Array.from({ length: RANKS }, (_, n) => rendezvous.nthFor(key, fleet.route(), fleet.components, n));
    expect(nth).toEqual(members.toSorted((a, b) => byKey(b) - byKey(a)).slice(0, RANKS));
  }
});
