import { describe, expect, it } from 'vitest';
import { ServingState } from '../../src/fleet/component-table.ts';
import { LeastConnections } from '../../src/selection/algorithms/least-connections.ts';
import { Pick } from '../../src/selection/built-in-policy.ts';
import { ComponentSelector } from '../../src/selection/component-selector.ts';
import { asPolicy, builtInOf, CustomPolicy } from '../../src/selection/custom-policy.ts';
import { type Candidates, HOLD, type Policy, type RequestView } from '../../src/selection/policy.ts';
import { Fleet } from '../support/fleet.ts';

function chooserOf(fleet: Fleet): { chooser: ComponentSelector; mistakes: string[] } {
  const mistakes: string[] = [];
  return { chooser: new ComponentSelector(fleet, fleet.random, (_, cause) => mistakes.push(`${cause}`)), mistakes };
}

/** Asks once, and hands back what the policy read of what it was shown. */
function read<T>(fleet: Fleet, look: (candidates: Candidates, request: RequestView) => T, changes = {}): T {
  const seen: T[] = [];
  const policy = new CustomPolicy({
    name: 'mine',
    select(candidates, request) {
      seen.push(look(candidates, request));
      return 0;
    },
  });
  const { chooser: selector, mistakes } = chooserOf(fleet);
  selector.select(fleet.request(changes), policy, 1_000, 3);
  expect(mistakes).toEqual([]);
  return seen[0]!;
}

describe('what a policy of the user’s sees of the candidates', () => {
  it('is what the tables of the fleet know of each, by its position', () => {
    const fleet = new Fleet();
    const a = fleet.add({ id: 'a', maxConcurrentTasks: 4, weight: 2, priorityMultiplier: 3 });
    const b = fleet.add({ id: 'b', maxConcurrentTasks: 8 });
    fleet.take(a);
    fleet.finish(b, 900, 2, 10);
    fleet.finish(b, 900, 2, 10, false);
    const rows = read(fleet, (candidates) => {
      const { count, now, waiting, full, sampled } = candidates;
      expect([count, now, waiting, full, sampled]).toEqual([2, 1_000, 3, 0, false]);
      return Object.fromEntries(
        [0, 1].map((k) => [
          candidates.id(k),
          [
            candidates.slotsTaken(k),
            candidates.slots(k),
            candidates.weight(k),
            candidates.meanMs(k),
            candidates.successRate(k),
            candidates.expectedCost(k),
          ],
        ]),
      );
    });
    const { performance } = fleet;
    expect(rows).toEqual({
      a: [1, 4, 2, 0, 1, performance.attemptCost(a, 1_000)],
      b: [0, 8, 1, expect.closeTo(200, 9), 0.5, performance.attemptCost(b, 1_000)],
    });
    expect(read(fleet, (candidates) => [0, 1].map((k) => candidates.weight(k)).sort(), { cls: 1 })).toEqual([1, 6]);
  });

  it('is a warming component when slow start lets it be one, with its whole weight then', () => {
    const fleet = new Fleet();
    const [warming, steady] = fleet.addMany(2, { weight: 2 });
    fleet.components.setRamp(warming!, 0.5);
    const offered = (): number[][] => read(fleet, (c) => Array.from({ length: c.count }, (_, k) => [c.weight(k)]));
    expect(offered()).toEqual([[2]]);
    // half of a half with each pick of the other: one has been earned after four, or before
    for (let k = 0; k < 4; k++) fleet.slowStart.picked(fleet.route(), steady!, 0);
    expect(offered()).toEqual([[2], [2]]);
  });

  it('is the request as it was submitted, and what its defaults are', () => {
    const fleet = new Fleet();
    fleet.add();
    const look = (_: Candidates, { type, priority, resources, affinityKey, idempotent }: RequestView): object => ({
      type,
      priority,
      resources,
      affinityKey,
      idempotent,
    });
    expect(read(fleet, look)).toEqual({
      type: 'GENERAL',
      priority: 'NORMAL',
      resources: undefined,
      affinityKey: undefined,
      idempotent: true,
    });
    const changes = { cls: 0, demand: [1, 2, 3, 4], affinityKey: 'k', idempotent: false };
    expect(read(fleet, look, changes)).toEqual({
      type: 'GENERAL',
      priority: 'CRITICAL',
      resources: { cpu: 1, memory: 2, network: 3, storage: 4 },
      affinityKey: 'k',
      idempotent: false,
    });
  });

  it('counts those that are full, and not those that have failed or are excluded', () => {
    const fleet = new Fleet();
    const [, full, failed, excluded] = fleet.addMany(4);
    for (const i of [full!, failed!, excluded!]) fleet.fill(i);
    fleet.components.setServingState(failed!, ServingState.isolated);
    expect(read(fleet, (candidates) => candidates.full, { excluded: [excluded] })).toBe(1);
    const large = new Fleet();
    large.addMany(70);
    large.fill(0);
    expect(read(large, (candidates) => candidates.full)).toBe(0);
  });

  it('says that it is a sample where there are too many', () => {
    const fleet = new Fleet();
    fleet.addMany(70);
    expect(read(fleet, ({ sampled, count }) => [sampled, count])).toEqual([true, 2]);
  });

  it('is no handle on anything: nothing of it can be written, and nothing of the engine is reached through it', () => {
    const fleet = new Fleet();
    fleet.addMany(2);
    read(fleet, (candidates, request) => {
      for (const view of [candidates, request]) {
        expect(Object.isFrozen(view)).toBe(true);
        expect(Reflect.ownKeys(view)).toEqual([]);
        for (const key of Reflect.ownKeys(Object.getPrototypeOf(view))) {
          const value: unknown = Reflect.get(view, key);
          if (typeof value !== 'function') expect(['number', 'boolean', 'string', 'undefined']).toContain(typeof value);
        }
        expect(() => Object.assign(view, { count: 7 })).toThrow(TypeError);
      }
    });
  });

  it.each([-1, 2, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('has nothing at position %d', (k) => {
    const fleet = new Fleet();
    fleet.addMany(2);
    read(fleet, (candidates) => {
      for (const name of ['id', 'slots', 'slotsTaken', 'weight', 'meanMs', 'successRate', 'expectedCost'] as const)
        expect(() => candidates[name](k)).toThrow(`expected a position below 2, got ${k}`);
    });
  });

  it('is over when select has answered, or thrown', () => {
    const fleet = new Fleet();
    fleet.addMany(2);
    let kept: [Candidates, RequestView] | undefined;
    for (const fails of [false, true]) {
      const { chooser: selector } = chooserOf(fleet);
      const policy = new CustomPolicy({
        name: 'mine',
        select(candidates, request) {
          kept = [candidates, request];
          if (fails) throw new Error('boom');
          return 0;
        },
      });
      selector.select(fleet.request({ type: 'GENERAL', affinityKey: 'k' }), policy, 0, 0);
      const [candidates, request] = kept!;
      expect([candidates.count, candidates.full]).toEqual([0, 0]);
      expect(() => candidates.slots(0)).toThrow('while select runs');
      expect([request.type, request.priority, request.affinityKey, request.resources, request.idempotent]).toEqual([
        '',
        'NORMAL',
        undefined,
        undefined,
        true,
      ]);
    }
  });

  it('is not disturbed by questions that it asks itself', () => {
    const fleet = new Fleet();
    const all = fleet.addMany(3);
    const { chooser: selector, mistakes } = chooserOf(fleet);
    let depth = 0;
    const seen: string[] = [];
    const policy = new CustomPolicy({
      name: 'curious',
      select(candidates, request) {
        const before = `${request.type} ${candidates.count}`;
        if (++depth < 3) selector.preview(fleet.request({ excluded: all.slice(0, depth) }), policy, 0, 0);
        depth--;
        seen.push(`${before} = ${request.type} ${candidates.count}`);
        return candidates.count - 1;
      },
    });
    expect(selector.select(fleet.request(), policy, 0, 0)).toBeGreaterThanOrEqual(0);
    expect(seen.at(-1)).toBe('GENERAL 3 = GENERAL 3');
    expect(mistakes).toEqual([]);
  });
});

describe('the answer of a policy of the user’s', () => {
  const answering = (answer: unknown): CustomPolicy =>
    new CustomPolicy({ name: 'mine', select: () => answer } as unknown as Policy);

  it('HOLD is no position, and not the number of nobody', () => {
    expect([Pick.none, Pick.hold]).toEqual([-1, HOLD]);
    expect(HOLD).toBe(-2);
  });

  it('that is a promise counts as none, and may fail later', async () => {
    const fleet = new Fleet();
    fleet.addMany(2);
    for (const answer of [Promise.reject(new Error('later')), Promise.resolve(0)]) {
      const { chooser: selector, mistakes } = chooserOf(fleet);
      expect(selector.select(fleet.request(), answering(answer), 0, 0)).toBeGreaterThanOrEqual(0);
      expect(mistakes).toEqual([
        'RangeError: expected a position below 2 or HOLD, got a promise: select must answer at once',
      ]);
    }
    // an unhandled rejection would fail the run
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('that is an object which cannot even be looked at counts as none', () => {
    const fleet = new Fleet();
    fleet.addMany(2);
    const { chooser: selector, mistakes } = chooserOf(fleet);
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('do not look');
        },
        getPrototypeOf: () => {
          throw new Error('do not look');
        },
      },
    );
    expect(selector.select(fleet.request(), answering(hostile), 0, 0)).toBeGreaterThanOrEqual(0);
    expect(mistakes).toHaveLength(1);
  });

  it('is given by the policy with itself as `this`, and its own copy of memory', () => {
    const fleet = new Fleet();
    fleet.addMany(3);
    class Turns implements Policy<{ turn: number }> {
      readonly name = 'turns';
      private readonly first = 7;
      createMemory(): { turn: number } {
        return { turn: this.first };
      }
      copyMemory({ turn }: { turn: number }): { turn: number } {
        return { turn };
      }
      select({ count }: Candidates, _request: RequestView, memory: { turn: number }): number {
        return memory.turn++ % count;
      }
    }
    const policy = new CustomPolicy(new Turns());
    const { chooser: selector, mistakes } = chooserOf(fleet);
    const { members } = fleet.route();
    for (let turn = 7; turn < 12; turn++) {
      expect(selector.preview(fleet.request(), policy, 0, 0)).toBe(members[turn % 3]);
      expect(selector.select(fleet.request(), policy, 0, 0)).toBe(members[turn % 3]);
    }
    expect(mistakes).toEqual([]);
  });
});

it('a policy of the simulator’s is asked itself, one of a user’s through its views', () => {
  const own = new LeastConnections();
  expect(builtInOf(asPolicy(own))).toBe(own);
  const mine: Policy = { name: 'mine', select: () => 0 };
  expect(builtInOf(mine)).toBeInstanceOf(CustomPolicy);
  expect(builtInOf(mine).name).toBe('mine');
});

it('a policy of the user’s is not asked about probes', () => {
  const fleet = new Fleet();
  const [, probe] = fleet.addMany(2);
  fleet.components.setServingState(probe!, ServingState.probing);
  fleet.components.setAwaitsProbe(probe!, true);
  const { chooser: selector, mistakes } = chooserOf(fleet);
  const policy = new CustomPolicy({
    name: 'mine',
    select: () => {
      throw new Error('not to be asked');
    },
  });
  expect(selector.select(fleet.request(), policy, 0, 0)).toBe(probe);
  expect(mistakes).toEqual([]);
});
