import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { componentSpecSchema } from '../../src/domain/component.ts';
import { parseSettings } from '../../src/domain/config.ts';
import { ComponentTable, ServingState } from '../../src/fleet/component-table.ts';
import { type Route, SCAN_LIMIT } from '../../src/fleet/route.ts';
import { RouteTable } from '../../src/fleet/route-table.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { expectSame } from '../support/expect-same.ts';
import { Fleet } from '../support/fleet.ts';

const TYPES = ['A', 'B', 'C', 'D'];
const UNNAMED = 'nobody names me';

/** What the table must say, worked out from the list of components alone. */
class Model {
  readonly serves = new Map<number, readonly string[] | undefined>();

  members(type: string): number[] {
    return [...this.serves]
      .filter(([, types]) => types === undefined || types.includes(type))
      .map(([i]) => i)
      .sort((a, b) => a - b);
  }
}

const sorted = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);

function checkRoute(route: Route, components: ComponentTable): void {
  for (const i of route.members) expectSame(route.has(i), true);
  expect(new Set(route.members).size).toBe(route.members.length);
  if (route.members.length <= SCAN_LIMIT) {
    expect(route.withFreeSlot).toBeNull();
    return;
  }
  const open = route.withFreeSlot!;
  for (const [place, i] of route.members.entries()) expectSame(open.has(place), components.free[i]! > 0);
  expect(open.size).toBe(route.members.filter((i) => components.free[i]! > 0).length);
  expect(open.has(route.members.length)).toBe(false);
}

function check(routes: RouteTable, model: Model, components: ComponentTable): void {
  const routeOf = new Map<string, Route>();
  for (const type of [...TYPES, UNNAMED]) {
    const { route } = routes.workloadOf(type);
    expect(sorted(route.members), type).toEqual(model.members(type));
    expect(routes.routes.has(route)).toBe(true);
    const key = model.members(type).join();
    // types share a route iff the same components serve them
    for (const [other, otherRoute] of routeOf) expect(otherRoute === route).toBe(other === key);
    routeOf.set(key, route);
  }
  for (const route of routes.routes) {
    checkRoute(route, components);
    expect(route.sharedMembers).toBe(route.members.filter((i) => routes.routesOfComponent(i).length > 1).length);
    for (const workload of route.workloads) expect(workload.route).toBe(route);
  }
  for (const i of model.serves.keys()) {
    const ids = [...routes.routes].filter((route) => route.has(i)).map(({ id }) => id);
    expect(sorted(routes.routesOfComponent(i).map(({ id }) => id))).toEqual(sorted(ids));
  }
}

const serves = fc.option(fc.subarray(TYPES, { minLength: 1 }), { nil: undefined });
const operation = fc.record({
  what: fc.constantFrom('add', 'add', 'remove', 'change', 'take', 'stand'),
  serves,
  pick: fc.nat(),
  many: fc.constantFrom(1, 1, 1, 1, 70),
});

describe('RouteTable', () => {
  it('agrees with a list of components, whatever comes, changes and leaves', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 30 }), fc.integer(), (operations, seed) => {
        const fleet = new Fleet(seededRandom(seed));
        const { components, routes } = fleet;
        const model = new Model();
        let next = 0;
        for (const { what, serves: types, pick, many } of operations) {
          const i = [...model.serves.keys()][pick % (model.serves.size || 1)];
          if (what === 'add') {
            for (let k = 0; k < many; k++) {
              model.serves.set(fleet.add({ id: `n${next++}`, serves: types, maxConcurrentTasks: 2 }), types);
            }
          } else if (i === undefined) continue;
          else if (what === 'remove') {
            for (const gone of [...model.serves.keys()].slice(0, many)) {
              fleet.remove(gone);
              model.serves.delete(gone);
            }
          } else if (what === 'change') {
            routes.remove(i);
            routes.add(i, types);
            model.serves.set(i, types);
          } else if (what === 'take' && components.free[i]! > 0) {
            fleet.fill(i);
          } else if (what === 'stand') {
            components.setServingState(
              i,
              components.servingState[i] === ServingState.operational ? ServingState.drained : ServingState.operational,
            );
          }
          check(routes, model, components);
        }
        for (const i of [...model.serves.keys()]) {
          fleet.remove(i);
          model.serves.delete(i);
        }
        check(routes, model, components);
        // everything that is named and everything else have the same components now: none
        expect(routes.routes.size).toBe(1);
      }),
      { numRuns: 150 },
    );
  });

  it('knows the types that are named', () => {
    const fleet = new Fleet();
    fleet.add({ serves: ['A'] });
    expect(fleet.kind('A').name).toBe('A');
    expect(fleet.kind('B').name).toBe('');
    expect(fleet.routes.routesOfComponent(99)).toEqual([]);
    fleet.routes.onFreeChanged(99, true);
  });

  it('knows how many of its members have a free slot, whatever happens to them', () => {
    const random = seededRandom(11);
    const any = (n: number): number => Math.floor(random() * n);
    const fleet = new Fleet(random);
    const present: number[] = [];
    for (let step = 0; step < 3_000; step++) {
      const i = present[any(present.length)];
      const what = any(9);
      if (i === undefined || (what < 2 && present.length < 90)) {
        const serves = [undefined, ['A'], ['B'], ['A', 'B']][any(4)];
        present.push(fleet.add({ maxConcurrentTasks: 1 + any(3), serves }));
      } else if (what === 2) {
        fleet.remove(i);
        present.splice(present.indexOf(i), 1);
      } else if (what < 6) {
        if (fleet.components.free[i]! > 0) fleet.take(i);
      } else if (what < 8) {
        if (fleet.components.taken[i]! > 0) fleet.release(i);
      } else
        fleet.components.setServingState(
          i,
          [ServingState.operational, ServingState.draining, ServingState.isolated][any(3)]!,
        );
      for (const route of fleet.routes.routes) {
        const open = route.members.filter((member) => fleet.components.free[member]! > 0);
        expect(route.freeCount).toBe(open.length);
      }
    }
    expect(present.length).toBeGreaterThan(64);
  });

  it('takes a type that is named twice for once', () => {
    const fleet = new Fleet();
    const i = fleet.add({ serves: ['A', 'A'] });
    expect(fleet.route('A').members).toEqual([i]);
    fleet.remove(i);
    expect(fleet.route('A').members).toEqual([]);
  });

  it('counts changes of members', () => {
    const fleet = new Fleet();
    const i = fleet.add();
    const route = fleet.route();
    const before = route.version;
    fleet.add();
    expect(route.version).toBeGreaterThan(before);
    const between = route.version;
    fleet.remove(i);
    expect(route.version).toBeGreaterThan(between);
    const after = route.version;
    route.remove(i, fleet.components);
    expect(route.version).toBe(after);
  });

  it('groups hundreds of types that the same components serve into one route', () => {
    const fleet = new Fleet();
    const types = Array.from({ length: 200 }, (_, k) => `T${k}`);
    for (let k = 0; k < 500; k++) fleet.add({ serves: types });
    expect(fleet.route('T7').members).toHaveLength(500);
    expect(fleet.routes.routes.size).toBe(2);
  });
});

describe('the order of members', () => {
  const PLACES = 4;
  const RUNS = 20_000;
  // each count is Binomial(20,000, 1/4), sd 61: 5 sd, over 16 counts, is passed by chance once in 100,000 seeds
  const tolerance = 5 * Math.sqrt((RUNS * (PLACES - 1)) / PLACES ** 2);

  const uniform = (build: (components: ComponentTable, routes: RouteTable) => readonly number[]): void => {
    const random = seededRandom('order');
    const settings = parseSettings({});
    const counts = Array.from({ length: PLACES }, () => new Array<number>(PLACES).fill(0));
    for (let run = 0; run < RUNS; run++) {
      const components = new ComponentTable({ onFreeChanged: () => {} }, settings);
      const routes = new RouteTable(components, random);
      const members = build(components, routes);
      expectSame(members.length, PLACES);
      for (const [place, i] of members.entries()) counts[i]![place]!++;
    }
    for (const row of counts) for (const n of row) expect(Math.abs(n - RUNS / PLACES)).toBeLessThan(tolerance);
  };

  const specs = Array.from({ length: PLACES + 2 }, (_, k) =>
    componentSpecSchema.parse({ id: `c${k}`, handler: () => undefined }),
  );

  it('is uniformly random after additions', () => {
    uniform((components, routes) => {
      for (const spec of specs.slice(0, PLACES)) routes.add(components.add(spec), undefined);
      return routes.workloadOf('').route.members;
    });
  });

  it('stays so after removals', () => {
    uniform((components, routes) => {
      for (const spec of specs) routes.add(components.add(spec), undefined);
      routes.remove(PLACES);
      routes.remove(PLACES + 1);
      return routes.workloadOf('').route.members;
    });
  });
});
