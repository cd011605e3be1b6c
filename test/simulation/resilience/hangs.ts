import { ALGORITHMS } from '../../../src/domain/algorithm.ts';
import { found, lost, mean, type Row } from './figures.ts';
import { type Member, members, percent, World } from './world.ts';

export const hanging: Row = async function* (seeds) {
  const from = 20_000;
  for (const algorithm of ALGORITHMS)
    for (const perSecond of [10, 60]) {
      const times: number[] = [];
      let given = 0;
      const value = await mean(seeds, async (seed) => {
        const list = members(3);
        const does: Member['does'] = ({ ms }, t) => {
          if (t < from) return { ms };
          given++;
          return 'hangs';
        };
        list[0] = { ...list[0]!, does };
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
        // an algorithm that gives it nothing learns nothing of it, and loses nothing by it
        note: `${(given / seeds).toFixed(1)} requests given to it`,
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

export const lyingCheck: Row = async function* (seeds) {
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
