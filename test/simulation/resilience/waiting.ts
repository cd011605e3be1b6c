import type { Priority } from '../../../src/index.ts';
import { lost, mean, type Row, worst } from './figures.ts';
import { members, percent, World } from './world.ts';

export const batches: Row = async function* () {
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

export const fullyOffered: Row = async function* (seeds) {
  const normal = await worst(seeds, async (seed) => {
    const world = new World(members(2, { maxConcurrentTasks: 5 }), {}, seed);
    world.stream({ name: 'normal', perSecond: 60, ms: 100, spread: 'exponential', toMs: 90_000 });
    world.stream({ name: 'low', perSecond: 40, ms: 100, spread: 'exponential', toMs: 90_000, priority: 'LOW' });
    await world.run(90_000);
    return percent(world.share('normal'));
  });
  yield* [lost('100 % offered, NORMAL of 60:40 NORMAL:LOW', normal, 0.5)];
};

export const critical: Row = async function* (seeds) {
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

export const slowThenFast: Row = async function* () {
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

export const outage: Row = async function* () {
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
