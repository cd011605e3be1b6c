import { found, lost, mean, type Row } from './figures.ts';
import { type Member, members, percent, World } from './world.ts';

export const unreadable: Row = async function* (seeds, minutes) {
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
              toMs: minutes * 60_000,
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

export const badBeside: Row = async function* (seeds) {
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

export const oneType: Row = async function* (seeds) {
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
