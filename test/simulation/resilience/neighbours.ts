import { found, lost, mean, type Row } from './figures.ts';
import { type Member, members, percent, World } from './world.ts';

export const rareRoute: Row = async function* (seeds) {
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

export const oneBad: Row = async function* (seeds) {
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

export const otherRoute: Row = async function* (seeds) {
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

export const onlyHome: Row = async function* (seeds) {
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
