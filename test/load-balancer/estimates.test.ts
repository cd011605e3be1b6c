import { describe, expect, it } from 'vitest';
import { Rig } from '../support/rig.ts';

const slow = (id: string, msOf: () => number) => ({
  id,
  maxConcurrentTasks: 10,
  handler: (_request: unknown, { clock }: { clock: { setTimeout(run: () => void, ms: number): unknown } }) =>
    new Promise<void>((resolve) => void clock.setTimeout(resolve, msOf())),
});

async function afterSlowWork(): Promise<{ rig: Rig; be: (ms: number) => void }> {
  let ms = 2_000;
  const rig = await Rig.start({ components: [slow('a', () => ms), slow('b', () => ms)] });
  rig.executeMany(20);
  await rig.advance(2_100);
  const be = (next: number): void => {
    ms = next;
  };
  return { rig, be };
}

describe('an estimate that has become wrong', () => {
  it('lets one through at once, and is void when that is done in time', async () => {
    const { rig, be } = await afterSlowWork();
    be(10);
    const tracked = [];
    for (let k = 0; k < 40; k++) {
      tracked.push(rig.execute({ deadline: rig.clock.now() + 1_000, priority: 'CRITICAL' }));
      await rig.advance(50);
    }
    expect(tracked.filter(({ outcome }) => outcome !== 'resolved')).toEqual([]);
  });

  it('stands while those that are let through do not make it: one a second, or one in twenty', async () => {
    const { rig } = await afterSlowWork();
    const refused = (): number =>
      rig.of('request.rejected').filter(({ error }) => error.reason === 'infeasible').length;
    for (let k = 0; k < 40; k++) {
      rig.execute({ deadline: rig.clock.now() + 1_000 });
      await rig.advance(50);
    }
    expect(refused()).toBe(38);
    rig.executeMany(60, { deadline: rig.clock.now() + 1_000 });
    await rig.advance();
    expect(refused()).toBe(38 + 57);
  });

  it('is forgotten after a pause', async () => {
    const { rig } = await afterSlowWork();
    await rig.advance(11_000);
    const tracked = rig.execute({ deadline: rig.clock.now() + 1_000 });
    await rig.advance();
    expect(tracked.outcome).toBeUndefined();
  });
});

describe('an error of a full balancer', () => {
  it('says when to try again', async () => {
    const rig = await Rig.start({ components: [slow('a', () => 100)], maxQueueSize: 100 });
    rig.executeMany(60);
    await rig.advance(1_000);
    const tracked = rig.executeMany(111);
    await rig.advance();
    const full = tracked.at(-1)?.error;
    expect(full).toMatchObject({ code: 'QUEUE_FULL' });
    // 100 wait, 100 a second are done
    expect(full).toHaveProperty('retryAfterMs');
    const after: unknown = Reflect.get(Object(full), 'retryAfterMs');
    expect(after).toBeGreaterThan(400);
    expect(after).toBeLessThan(600);
  });
});
