import type { Priority } from '../../../src/index.ts';
import { type Member, members, percent, World } from './world.ts';

/** One row: a case, what it came to, and the most that it may be. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly most: number;
  readonly unit: string;
  readonly note?: string;
}

export type Row = (seeds: number, minutes: number) => AsyncGenerator<Figure>;

const worst = async (seeds: number, run: (seed: number) => Promise<number>): Promise<number> => {
  let most = Number.NEGATIVE_INFINITY;
  for (let seed = 1; seed <= seeds; seed++) most = Math.max(most, await run(seed));
  return most;
};
const mean = async (seeds: number, run: (seed: number) => Promise<number>): Promise<number> => {
  let sum = 0;
  for (let seed = 1; seed <= seeds; seed++) sum += await run(seed);
  return sum / seeds;
};
const lost = (what: string, value: number, most: number, note?: string): Figure => ({
  what,
  value,
  most,
  unit: '% lost',
  ...(note === undefined ? {} : { note }),
});

const batches: Row = async function* () {
  const cases: [number, number, number, Priority][] = [];
  for (const count of [60, 300, 900])
    for (const seconds of [1.8, 8, 25])
      for (const priority of ['CRITICAL', 'HIGH', 'NORMAL'] as const) cases.push([count, seconds, 1, priority]);
  for (const count of [60, 300, 900])
    for (const priority of ['LOW', 'MINIMAL'] as const) cases.push([count, 4, 1, priority], [count, 2, 2, priority]);
  let failing = '';
  let most = 0;
  for (const [count, seconds, fleet, priority] of cases) {
    const ms = (seconds * 1000 * 10 * fleet) / count;
    const world = new World(members(fleet));
    world.batch(count, 1000, { name: 'batch', ms, priority });
    await world.run(40_000);
    const p = percent(world.share('batch'));
    if (p > most) {
      most = p;
      failing = `${count} ${priority} of ${seconds} s: ${JSON.stringify(world.outcomes('batch'))}`;
    }
  }
  yield lost(`batches, worst of ${cases.length}`, most, 0, failing);
  let worstLump = 0;
  for (const priority of ['CRITICAL', 'NORMAL', 'LOW', 'MINIMAL'] as const) {
    for (const count of [20, 100, 300]) {
      const world = new World(members(2));
      // 400/s are possible; half of it, in lumps
      for (let t = 1000; t < 61_000; t += (1000 * count) / 200)
        world.batch(count, t, { name: 'lump', ms: 50, priority });
      await world.run(62_000);
      worstLump = Math.max(worstLump, percent(world.share('lump')));
    }
  }
  yield lost('lumps at half load', worstLump, 0);
  const serial = new World(members(1, { maxConcurrentTasks: 1 }));
  serial.stream({ name: 'serial', perSecond: 10, ms: 50, toMs: 60_000 });
  await serial.run(61_000);
  yield lost('a serial queue at half load', percent(serial.share('serial')), 0);
};

const fullyOffered: Row = async function* (seeds) {
  const normal = await worst(seeds, async (seed) => {
    const world = new World(members(2, { maxConcurrentTasks: 5 }), {}, seed);
    world.stream({ name: 'normal', perSecond: 60, ms: 100, spread: 'exponential', toMs: 90_000 });
    world.stream({ name: 'low', perSecond: 40, ms: 100, spread: 'exponential', toMs: 90_000, priority: 'LOW' });
    await world.run(90_000);
    return percent(world.share('normal'));
  });
  yield* [lost('100 % offered, NORMAL of 60:40 NORMAL:LOW', normal, 0.5)];
};

const critical: Row = async function* (seeds) {
  for (const perSecond of [60, 90]) {
    const value = await mean(Math.min(seeds, 2), async (seed) => {
      const world = new World(members(2, { maxConcurrentTasks: 5 }), {}, seed);
      const toMs = 600_000;
      world.stream({ name: 'critical', perSecond, ms: 100, toMs, priority: 'CRITICAL', deadlineMs: 500 });
      world.stream({ name: 'low', perSecond: 60, ms: 100, toMs, priority: 'LOW' });
      await world.run(toMs);
      return percent(world.share('critical'));
    });
    yield lost(`CRITICAL ${perSecond}/s with deadlines beside LOW 60/s`, value, 0.5);
  }
};

const unreadable: Row = async function* (seeds, minutes) {
  for (const share of [0.06, 0.15, 0.3])
    for (const fleet of [2, 3, 6])
      for (const perSecond of [40, 300])
        for (const maxRetries of [0, 3]) {
          let ejections = 0;
          const value = await mean(seeds, async (seed) => {
            const world = new World(members(fleet, { maxConcurrentTasks: 20 }), { maxRetries }, seed);
            const stream = {
              name: 'work',
              perSecond,
              ms: 20,
              spread: 'exponential' as const,
              toMs: 600_000,
              unreadable: share,
            };
            world.stream(stream);
            await world.run(minutes * 60_000);
            ejections += world.failures.length;
            return percent(world.share('work'));
          });
          const what = `${share * 100} % unreadable, ${fleet} components, ${perSecond}/s, ${maxRetries} retries`;
          yield { what: `${what}: ejections in ${seeds * minutes} min`, value: ejections, most: 1, unit: '' };
          yield lost(what, value, 0.01);
        }
};

/** Times from the beginning of a fault until work is kept away from those that have it, ms; the 95th percentile. */
function found(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(0.95 * sorted.length))]!;
}

const badBeside: Row = async function* (seeds) {
  const from = 20_000;
  for (const share of [0.06, 0.15, 0.3])
    for (const fleet of [2, 3, 6])
      for (const perSecond of [40, 300])
        for (const maxRetries of [0, 3]) {
          const times: number[] = [];
          const value = await mean(seeds * 4, async (seed) => {
            const list = members(fleet, { maxConcurrentTasks: 20 });
            list[0] = {
              ...list[0]!,
              does: ({ ms, unreadable: bad }, t, luck) => ({ ms, fails: bad || (t >= from && luck() < 0.9) }),
            };
            const world = new World(list, { maxRetries }, seed);
            world.stream({ name: 'work', perSecond, ms: 20, spread: 'exponential', toMs: 60_000, unreadable: share });
            await world.run(60_000);
            times.push((world.failures.find(({ at, id }) => at >= from && id === 'c1')?.at ?? 1e9) - from);
            return percent(world.share('work', from));
          });
          const what = `one fails 90 % beside ${share * 100} % unreadable, ${fleet} components, ${perSecond}/s, ${maxRetries} retries`;
          yield { what: `${what}: found`, value: found(times), most: 2000, unit: 'ms' };
          if (maxRetries > 0) yield lost(what, value, 0.1);
        }
  for (const perSecond of [40, 300]) {
    const times: number[] = [];
    const value = await mean(seeds * 4, async (seed) => {
      const list = members(3, { maxConcurrentTasks: 20 });
      for (const k of [0, 1]) list[k] = { ...list[k]!, does: ({ ms }, t) => ({ ms, fails: t >= from }) };
      const world = new World(list, {}, seed);
      world.stream({ name: 'work', perSecond, ms: 20, spread: 'exponential', toMs: 60_000 });
      await world.run(60_000);
      times.push((world.failures.find(({ at, id }) => at >= from && id !== 'c3')?.at ?? 1e9) - from);
      return percent(world.share('work', from));
    });
    yield {
      what: `two of three fail all, ${perSecond}/s: the first is found`,
      value: found(times),
      most: 2000,
      unit: 'ms',
    };
    yield lost(`two of three fail all, ${perSecond}/s, retried`, value, 0.1);
  }
};

const oneType: Row = async function* (seeds) {
  for (const layout of ['alone', 'shared'] as const) {
    let ejections = 0;
    const value = await mean(seeds, async (seed) => {
      const does: Member['does'] = ({ ms, stream }) => ({ ms, fails: stream === 'a' });
      const list: Member[] =
        layout === 'alone'
          ? [{ id: 'both', serves: ['A', 'B'], does }, ...members(2, { serves: ['C'] })]
          : [
              { id: 'both', serves: ['A', 'B'], does },
              { id: 'onlyA', serves: ['A'], does },
              { id: 'onlyB', serves: ['B'], does },
            ];
      const world = new World(list, { maxRetries: 0 }, seed);
      world.stream({ name: 'a', type: 'A', perSecond: 40, ms: 20, toMs: 120_000 });
      world.stream({ name: 'b', type: 'B', perSecond: 20, ms: 20, toMs: 120_000 });
      await world.run(120_000);
      ejections += world.failures.length;
      return percent(world.share('b'));
    });
    yield { what: `one type fails everywhere (${layout}): ejections`, value: ejections, most: 0, unit: '' };
    yield lost(`one type fails everywhere (${layout}): the other type`, value, 0);
  }
};

const rareRoute: Row = async function* (seeds) {
  const from = 20_000;
  const times: number[] = [];
  let tried = 0;
  for (let seed = 1; seed <= seeds * 4; seed++) {
    const list: Member[] = members(10, { serves: ['COMMON'] });
    const calls: number[] = [];
    list[0] = {
      ...list[0]!,
      serves: ['COMMON', 'RARE'],
      does: ({ ms, stream }, t, luck) => {
        if (stream === 'common' && t >= from) calls.push(t);
        if (stream === 'rare' && t >= from) tried++;
        return { ms, fails: t >= from && luck() < 0.6 };
      },
    };
    const world = new World(list, { algorithm: 'round-robin' }, seed);
    world.stream({ name: 'common', type: 'COMMON', perSecond: 200, ms: 50, toMs: 60_000 });
    world.stream({ name: 'rare', type: 'RARE', perSecond: 1, ms: 50, toMs: 60_000 });
    await world.run(60_000);
    // found: from then on fewer than two calls a second
    const late = calls.filter((t) => t > from + 2000).length;
    times.push(late / 38);
  }
  yield* [
    {
      what: 'last of a rare route, failing 60 %: common work a second, from 2 s on',
      value: found(times),
      most: 2,
      unit: '/s',
    },
    {
      what: 'its own route is still tried (a second, at least 0.5)',
      value: -tried / (seeds * 4 * 40),
      most: -0.5,
      unit: '/s',
    },
  ];
};

const oneBad: Row = async function* (seeds) {
  const run = async (slots: readonly number[], bad: number, settings: object, toMs = 60_000): Promise<number> =>
    mean(seeds, async (seed) => {
      const list = slots.map((maxConcurrentTasks, k) => ({
        id: `c${k + 1}`,
        maxConcurrentTasks,
        ...(k < bad ? { does: (): { ms: number; fails: boolean } => ({ ms: 1, fails: true }) } : {}),
      }));
      const world = new World(list, { maxRetries: 0, ...settings }, seed);
      world.stream({ name: 'work', perSecond: 40, ms: 50, toMs });
      await world.run(toMs);
      return percent(world.share('work'));
    });
  for (const good of [10, 9, 5]) yield lost(`one bad of two, 10/${good} slots`, await run([10, good], 1, {}), 1);
  yield lost(
    'two bad of three, maxEjectedShare 1',
    await run([10, 10, 10], 2, { outlier: { maxEjectedShare: 1 } }),
    1.5,
  );
};

const otherRoute: Row = async function* (seeds) {
  const run = (what: string): Promise<number> =>
    mean(seeds, async (seed) => {
      const list: Member[] = [
        { id: 'a1', serves: ['A'], does: ({ ms }, _t, luck) => ({ ms, fails: luck() < 0.02 }) },
        { id: 'a2', serves: ['A'], maxConcurrentTasks: 4 },
        {
          id: 'b1',
          serves: ['B'],
          maxConcurrentTasks: 30,
          does: ({ ms }, _t, luck) => ({ ms, fails: what === 'down' || (what === 'half' && luck() < 0.5) }),
          ...(what === 'down' ? { checks: () => false } : {}),
        },
      ];
      const world = new World(list, { maxRetries: 0 }, seed);
      if (what === 'maintenance') world.at(1000, () => void world.balancer.drain('b1'));
      if (what === 'failed') world.at(1000, () => void world.balancer.fail('b1'));
      world.stream({ name: 'a', type: 'A', perSecond: 60, ms: 50, toMs: 120_000 });
      world.stream({ name: 'b', type: 'B', perSecond: 20, ms: 50, toMs: 120_000, deadlineMs: 2000 });
      await world.run(120_000);
      return percent(world.share('a'));
    });
  const none = await run('none');
  for (const what of ['down', 'failed', 'maintenance', 'half'])
    yield {
      what: `another route ${what}: more lost`,
      value: (await run(what)) - none,
      most: 0.1,
      unit: 'points',
    };
};

const onlyHome: Row = async function* (seeds) {
  for (const bystanders of [0, 6]) {
    const value = await mean(seeds * 2, async (seed) => {
      const list: Member[] = [
        { id: 'home', serves: ['A'], does: ({ ms }, _t, luck) => ({ ms, fails: luck() < 0.3 }) },
        ...members(bystanders, { serves: ['B'] }),
      ];
      const world = new World(list, {}, seed);
      world.stream({ name: 'a', type: 'A', perSecond: 12, ms: 50, toMs: 120_000 });
      if (bystanders > 0) world.stream({ name: 'b', type: 'B', perSecond: 50, ms: 50, toMs: 120_000 });
      await world.run(120_000);
      return percent(world.share('a'));
    });
    yield lost(`the only home fails 30 %, ${bystanders} bystanders`, value, 1.5);
  }
};

const slowThenFast: Row = async function* () {
  for (const pauseMs of [0, 3_600_000])
    for (const priority of ['NORMAL', 'CRITICAL'] as const) {
      const world = new World(members(2));
      world.batch(20, 1000, { name: 'slow', ms: 2000, priority });
      const from = 4000 + pauseMs;
      world.stream({
        name: 'fast',
        perSecond: 20,
        ms: 10,
        deadlineMs: 1000,
        fromMs: from,
        toMs: from + 30_000,
        priority,
      });
      await world.run(from + 30_000);
      const first = world.share('fast', from, from + 10_000);
      const later = world.share('fast', from + 10_000);
      yield {
        what: `slow, then fast ${priority} after ${pauseMs / 1000} s: refused`,
        value: first.lost,
        most: 5,
        unit: '',
      };
      yield { what: 'and after 10 s', value: later.lost, most: 0, unit: '' };
    }
};

const ALGORITHMS = [
  'round-robin',
  'weighted-round-robin',
  'least-connections',
  'least-response-time',
  'resource-based',
  'performance-based',
  'adaptive',
] as const;

const hanging: Row = async function* (seeds) {
  const from = 20_000;
  for (const algorithm of ALGORITHMS)
    for (const perSecond of [10, 60]) {
      const times: number[] = [];
      const value = await mean(seeds, async (seed) => {
        const list = members(3);
        list[0] = { ...list[0]!, does: ({ ms }, t) => (t >= from ? 'hangs' : { ms }) };
        const world = new World(list, { algorithm }, seed);
        world.stream({ name: 'work', perSecond, ms: 50, spread: 'exponential', toMs: 140_000, deadlineMs: 1000 });
        await world.run(140_000);
        times.push((world.failures.find(({ at }) => at >= from)?.at ?? 1e9) - from);
        return percent(world.share('work', from));
      });
      yield {
        what: `hang heeds its signal, ${algorithm}, ${perSecond}/s: ejected`,
        value: found(times),
        most: 5000,
        unit: 'ms',
      };
      yield lost(`hang heeds its signal, ${algorithm}, ${perSecond}/s`, value, 2);
    }
  for (const giveUp of [false, true]) {
    const value = await mean(seeds, async (seed) => {
      const list = members(2);
      list[0] = { ...list[0]!, does: () => 'hangs' };
      const world = new World(list, {}, seed);
      world.at(1, () => void world.balancer.fail('c1'));
      world.stream({
        name: 'work',
        perSecond: 10,
        ms: 50,
        toMs: 120_000,
        ...(giveUp ? { giveUpMs: 800 } : { deadlineMs: 1000 }),
      });
      await world.run(120_000);
      return percent(world.share('work'));
    });
    yield lost(`probing a hanging one, ${giveUp ? 'callers give up' : 'deadlines'}`, value, 1);
  }
};

const lyingCheck: Row = async function* (seeds) {
  for (const checked of [true, false]) {
    let ejections = 0;
    const value = await mean(seeds, async (seed) => {
      const list = members(3);
      list[0] = { ...list[0]!, does: () => ({ ms: 1, fails: true }), ...(checked ? { checks: () => true } : {}) };
      const world = new World(list, { algorithm: 'round-robin', maxRetries: 0 }, seed);
      world.stream({ name: 'work', perSecond: 30, ms: 50, toMs: 300_000 });
      await world.run(300_000);
      ejections += world.failures.length;
      return percent(world.share('work'));
    });
    yield lost(
      checked ? 'check passes, work fails' : 'the same without a check',
      value,
      0.3,
      `${ejections / seeds} ejections`,
    );
  }
};

const outage: Row = async function* () {
  const list = members(1);
  list[0] = {
    ...list[0]!,
    checks: (t) => t < 5000 || t > 8000,
    does: ({ ms }, t) => ({ ms, fails: t >= 5000 && t < 8000 }),
  };
  const world = new World(list);
  world.at(5000, () => void world.balancer.fail('c1'));
  world.stream({ name: 'work', perSecond: 5, ms: 50, toMs: 20_000 });
  await world.run(20_000);
  yield* [
    lost(
      'what waited through an outage of 3 s',
      percent(world.share('work')),
      0,
      JSON.stringify(world.outcomes('work')),
    ),
  ];
};

export const rows: Readonly<Record<string, Row>> = {
  batches,
  outage,
  fullyOffered,
  critical,
  unreadable,
  badBeside,
  oneType,
  rareRoute,
  oneBad,
  otherRoute,
  onlyHome,
  slowThenFast,
  hanging,
  lyingCheck,
};
