import { describe, expect, it } from 'vitest';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

describe('a request that asks for more than anybody has', () => {
  const small = (id: string) => quick(id, { limits: { cpu: 50, memory: 80 } });

  it('is refused at once, with the limit that it exceeds', async () => {
    const rig = await Rig.start({ components: [small('a'), small('b')] });
    const one = rig.execute({ type: 'BACKTEST', resources: { cpu: 60, memory: 10 } });
    const others = rig.executeMany(40);
    await rig.advance();
    expect(one.error).toMatchObject({ code: 'NO_ELIGIBLE_COMPONENT', reason: 'exceedsLimits' });
    expect(one.error?.message).toContain('(cpu 60, memory 10): a has 50 of cpu, b has 50 of cpu');
    expect(others.every(({ outcome }) => outcome === 'resolved')).toBe(true);
    expect(rig.counts).toMatchObject({ rejected: 1 });
  });

  it('goes to the one that has it, and not where that one is excluded', async () => {
    const rig = await Rig.start({ components: [small('a'), quick('large')] });
    const fits = rig.execute({ resources: { cpu: 60 } });
    const kept = rig.execute({ resources: { cpu: 60 }, excludedComponents: ['large'] });
    await rig.advance();
    expect(fits.value).toBe('large');
    expect(kept.error).toMatchObject({ reason: 'exceedsLimits' });
  });

  it.each<[string, (rig: Rig) => void]>([
    ['limits are lowered', ({ balancer }) => void balancer.updateComponent('large', { limits: { cpu: 55 } })],
    ['the one that has it leaves', ({ balancer }) => void balancer.deregister('large', { force: true })],
    [
      'the one that has it serves something else',
      ({ balancer }) => void balancer.updateComponent('large', { serves: ['Y'] }),
    ],
  ])('ends when %s while it waits', async (_, change) => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [small('a'), { id: 'large', handler: work.handle, maxConcurrentTasks: 1 }],
      maxRetries: 0,
    });
    rig.execute({ resources: { cpu: 60 } });
    await rig.advance();
    const waiting = rig.execute({ resources: { cpu: 60 } });
    const modest = rig.execute({ resources: { cpu: 60, memory: 1 }, id: 'm' });
    await rig.advance(10);
    expect(waiting.outcome).toBeUndefined();
    change(rig);
    // its work is given a moment to end
    await rig.advance(5_000);
    expect(waiting.error).toMatchObject({ code: 'NO_ELIGIBLE_COMPONENT', reason: 'noLongerFits' });
    expect(modest.error).toMatchObject({ requestId: 'm' });
    rig.balancer.updateComponent('a', { limits: { cpu: 100 } });
    const again = rig.execute({ resources: { cpu: 60 } });
    await rig.advance();
    expect(again.outcome).toBe('resolved');
  });
});

describe('types that no component names', () => {
  it('are each known by their own times: a slow one does not make a quick one infeasible', async () => {
    const rig = await Rig.start({
      components: ['a', 'b'].map((id) => ({
        id,
        maxConcurrentTasks: 20,
        handler: ({ type }, { clock }) =>
          new Promise<void>((resolve) => clock.setTimeout(resolve, type === 'BACKTEST' ? 800 : 5)),
      })),
    });
    const quotes: ReturnType<Rig['execute']>[] = [];
    for (let k = 0; k < 600; k++) {
      if (k % 10 === 0) rig.execute({ type: 'BACKTEST' });
      quotes.push(rig.execute({ type: 'QUOTE', priority: 'CRITICAL', deadline: rig.clock.now() + 200 }));
      await rig.advance(50);
    }
    await rig.advance(1_000);
    expect(quotes.filter(({ outcome }) => outcome === 'resolved')).toHaveLength(600);
    // and one that is too slow for its deadline is still told so
    rig.execute({ type: 'BACKTEST' });
    await rig.advance(1_000);
    const slow = [0, 1].map(() => rig.execute({ type: 'BACKTEST', deadline: rig.clock.now() + 100 }));
    await rig.advance();
    // one of them is let through, to see whether the estimate still holds
    expect(slow.map(({ error }) => error?.reason)).toEqual([undefined, 'infeasible']);
  });

  it('are bounded in number, and follow those who serve everything', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    const { routes } = rig.state.fleet;
    for (let k = 0; k < 2_000; k++) {
      rig.execute({ type: `made up ${k}` });
      rig.execute({ type: `known ${k % 100}` });
      await rig.advance(1);
    }
    expect(new Set(Array.from({ length: 2_000 }, (_, k) => routes.workloadOf(`made up ${k}`))).size).toBe(1);
    const known = routes.workloadOf('known 5');
    expect(known).not.toBe(routes.workloadOf('made up 0'));
    rig.balancer.register(quick('b'));
    await rig.advance();
    expect(routes.workloadOf('known 5').route.members).toHaveLength(2);
    rig.balancer.register(quick('c', { serves: ['known 5'] }));
    await rig.advance();
    expect(routes.workloadOf('known 5').route.members).toHaveLength(3);
    expect(routes.workloadOf('known 6').route.members).toHaveLength(2);
    const all = [rig.execute({ type: 'known 5' }), rig.execute({ type: 'known 6' })];
    await rig.advance();
    expect(all.map(({ outcome }) => outcome)).toEqual(['resolved', 'resolved']);
  });
});
