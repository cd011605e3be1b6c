import { describe, expect, it } from 'vitest';
import { ManualHandler, Rig } from '../support/rig.ts';

const slots = 4;

async function busy(more: object = {}): Promise<Rig> {
  return Rig.start({
    components: [
      {
        id: 'a',
        maxConcurrentTasks: slots,
        handler: ({ payload }, { clock }) =>
          new Promise((resolve) => void clock.setTimeout(() => resolve(payload), 10)),
      },
    ],
    maxQueueSize: 20,
    ...more,
  });
}

describe('execute with whenFull: wait', () => {
  it.for([1, 20, 2_000])(
    'refuses none of %d producers, and serves them in the order of their calls',
    async (producers) => {
      const rig = await busy();
      const done: number[] = [];
      const each = Math.max(2, Math.ceil(200 / producers));
      let sent = 0;
      const produce = async (): Promise<void> => {
        for (let k = 0; k < each; k++) {
          const n = sent++;
          done.push(Number(await rig.balancer.execute({ type: 'GENERAL', payload: n }, { whenFull: 'wait' })));
        }
      };
      const all = Promise.all(Array.from({ length: producers }, produce));
      let finished = false;
      void all.then(() => (finished = true));
      for (let k = 0; k < 3_000 && !finished; k++) await rig.advance(10);
      expect(done).toEqual(Array.from({ length: producers * each }, (_, n) => n));
      expect(rig.counts).toMatchObject({ rejected: 0, shed: 0, completed: producers * each });
    },
  );

  it('is the default of the setting, also for what nobody waits for', async () => {
    const rig = await busy({ whenFull: 'wait' });
    const accepted = Array.from({ length: 100 }, () => rig.balancer.submitRequest({ type: 'GENERAL' }));
    expect(accepted.every(Boolean)).toBe(true);
    const tracked = rig.execute();
    const { whenFull } = { whenFull: 'reject' } as const;
    const refused = rig.balancer.execute({ type: 'GENERAL' }, { whenFull });
    await expect(refused).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    await rig.advance(1_000);
    expect(tracked.outcome).toBe('resolved');
    expect(rig.counts).toMatchObject({ completed: 101, rejected: 1 });
  });

  it('refuses at once, also behind others that wait, what no place would help', async () => {
    const rig = await busy({ maxQueueSize: 1, whenFull: 'wait' });
    rig.executeMany(slots);
    await rig.advance(0);
    const first = rig.executeMany(3);
    await rig.advance(0);
    const late = rig.balancer.execute({ type: 'GENERAL', deadline: rig.clock.now() - 1 });
    await expect(late).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', reason: 'infeasible' });
    const nowhere = { type: 'GENERAL', excludedComponents: ['a'] };
    const unserved = rig.balancer.execute(nowhere);
    await expect(unserved).rejects.toMatchObject({ code: 'NO_ELIGIBLE_COMPONENT' });
    await rig.advance(1_000);
    expect(first.every(({ outcome }) => outcome === 'resolved')).toBe(true);
    expect(rig.counts).toMatchObject({ rejected: 2, timedOut: 0, completed: slots + 3 });
  });

  it('lets in who waits as soon as more important work of another route has taken the place of what was there', async () => {
    const work = new ManualHandler();
    const component = (id: string) => ({ id, serves: [id], handler: work.handle, maxConcurrentTasks: 1 });
    const rig = await Rig.start({ components: ['A', 'B'].map(component), maxQueueSize: 4, routeShareAlpha: 0.1 });
    // with both routes in use each may queue one
    rig.execute({ type: 'A' });
    rig.execute({ type: 'B' });
    await rig.advance();
    const evicted = rig.execute({ type: 'A', priority: 'LOW' });
    await rig.advance();
    rig.balancer.execute({ type: 'A', priority: 'LOW' }, { whenFull: 'wait' }).catch(() => {});
    rig.execute({ type: 'B', priority: 'HIGH' });
    await rig.advance();
    expect(rig.counts).toMatchObject({ inFlight: 2, queued: 2, submitted: 4 });
    rig.execute({ type: 'B', priority: 'HIGH' });
    await rig.advance();
    expect(evicted.error).toMatchObject({ code: 'LOAD_SHED', reason: 'evicted' });
    expect(rig.counts).toMatchObject({ inFlight: 2, queued: 3, submitted: 6 });
  });

  it('ends with the deadline, the signal, a cancel, and the stop, and counts each once', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 1 }],
      maxQueueSize: 1,
      whenFull: 'wait',
    });
    rig.executeMany(2);
    await rig.advance();
    const abort = new AbortController();
    const late = rig.execute({ deadline: rig.clock.now() + 500 });
    const aborted = rig.execute({}, { signal: abort.signal });
    const cancelled = rig.execute({ id: 'mine' });
    const last = rig.execute();
    await rig.advance();
    expect(rig.counts).toMatchObject({ submitted: 2, queued: 1, inFlight: 1 });
    abort.abort();
    expect(rig.balancer.cancel('mine')).toBe(true);
    await rig.advance(500);
    expect(late.error).toMatchObject({ code: 'DEADLINE_EXCEEDED', reason: 'deadline' });
    expect(aborted.error).toMatchObject({ code: 'REQUEST_CANCELLED' });
    expect(cancelled.error).toMatchObject({ code: 'REQUEST_CANCELLED', reason: 'caller' });
    void rig.balancer.stop();
    await rig.advance();
    expect(last.error).toMatchObject({ code: 'NOT_RUNNING' });
    expect(rig.counts).toMatchObject({ timedOut: 1, cancelled: 2, rejected: 1 });
  });

  it('of one route does not wait for another', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: ['ONE', 'TWO'].map((type) => ({
        id: type,
        handler: work.handle,
        serves: [type],
        maxConcurrentTasks: 1,
      })),
      maxQueueSize: 10,
      whenFull: 'wait',
    });
    rig.execute({ type: 'TWO' });
    await rig.advance();
    rig.executeMany(30, { type: 'ONE' });
    await rig.advance();
    expect(rig.counts.queued).toBe(5);
    rig.execute({ type: 'TWO' });
    await rig.advance();
    expect(rig.counts.queued).toBe(6);
  });
});

describe('ready', () => {
  it('tells as many as there is room for, in the order of their calls', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 1 }],
      maxQueueSize: 10,
    });
    rig.executeMany(10);
    await rig.advance();
    const told: number[] = [];
    for (let k = 0; k < 30; k++)
      void rig.balancer.ready().then(() => {
        told.push(k);
        rig.execute();
      });
    await rig.advance();
    expect(told).toEqual([]);
    for (let k = 0; k < 4; k++) {
      work.last.resolve();
      await rig.advance();
    }
    // five were left, and as many have taken their room: the queue is full again, and the others wait
    expect(told.length).toBeGreaterThanOrEqual(5);
    expect(told.length).toBeLessThan(10);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(rig.counts.rejected).toBe(0);
  });

  it('gives up with its signal', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 1 }],
      maxQueueSize: 2,
    });
    rig.executeMany(3);
    await rig.advance();
    const abort = new AbortController();
    const waits = rig.balancer.ready(undefined, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(waits).rejects.toThrow('enough');
    expect(rig.state.waiters.ready.size).toBe(0);
  });
});
