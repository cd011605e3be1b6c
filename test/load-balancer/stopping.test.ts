import { describe, expect, it } from 'vitest';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

describe('a second stop', () => {
  const busy = async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle }] });
    const one = rig.execute();
    await rig.advance(1);
    let ended = false;
    const stops = (timeoutMs?: number): void => {
      void rig.balancer.stop(timeoutMs === undefined ? {} : { timeoutMs }).then(() => {
        ended = true;
      });
    };
    return { rig, one, stops, ended: () => ended };
  };

  it('counts where it waits for less time', async () => {
    const { rig, one, stops, ended } = await busy();
    stops(60_000);
    await rig.advance(1_000);
    stops(2_000);
    await rig.advance(1_900);
    expect(ended()).toBe(false);
    await rig.advance(200);
    expect(ended()).toBe(true);
    expect(one.error?.code).toBe('REQUEST_CANCELLED');
  });

  it('does not lengthen the first, and says nothing of time where none is given', async () => {
    const { rig, stops, ended } = await busy();
    stops(40_000);
    await rig.advance(1_000);
    stops(100_000);
    stops();
    await rig.advance(38_900);
    expect(ended()).toBe(false);
    await rig.advance(200);
    expect(ended()).toBe(true);
  });
});

describe('a stop while nobody can serve what waits', () => {
  it('ends at once where all components are in maintenance, and says so', async () => {
    const rig = await Rig.start({ components: [quick('a'), quick('b')] });
    rig.balancer.drain('a');
    rig.balancer.drain('b');
    await rig.advance();
    const waiting = [rig.execute(), rig.execute()];
    await rig.advance(10);
    let ended = false;
    void rig.balancer.stop().then(() => {
      ended = true;
    });
    await rig.advance(1);
    expect(ended).toBe(true);
    expect(waiting.map(({ error }) => error?.code)).toEqual(['REQUEST_CANCELLED', 'REQUEST_CANCELLED']);
    expect(rig.log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: { count: 2 }, message: expect.stringContaining('maintenance') }),
    );
  });

  it('ends with what runs where its component goes into maintenance meanwhile, also for what would be tried again', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 1 }] });
    const running = rig.execute();
    const waiting = rig.execute();
    await rig.advance(1);
    let ended = false;
    void rig.balancer.stop().then(() => {
      ended = true;
    });
    await rig.advance(1);
    expect(waiting.outcome).toBeUndefined();
    rig.balancer.drain('a');
    await rig.advance(1);
    expect(waiting.error?.code).toBe('REQUEST_CANCELLED');
    expect(ended).toBe(false);
    work.last.reject(new Error('try again'));
    await rig.advance(2_000);
    expect(running.outcome).toBe('rejected');
    expect(ended).toBe(true);
  });

  it('goes on where one of them is well, or has failed and may recover', async () => {
    const rig = await Rig.start({ components: [quick('a'), quick('b')] });
    rig.balancer.drain('a');
    rig.balancer.fail('b');
    await rig.advance();
    const one = rig.execute();
    void rig.balancer.stop();
    await rig.advance(100);
    expect(one.outcome).toBeUndefined();
    rig.balancer.recover('b');
    await rig.advance(60_000);
    expect(one.outcome).toBe('resolved');
  });

  it('goes on with what waits while dispatch is paused', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    rig.balancer.pauseDispatch();
    const one = rig.execute();
    await rig.advance(1);
    void rig.balancer.stop();
    await rig.advance(100);
    expect(one.outcome).toBe('resolved');
  });
});
