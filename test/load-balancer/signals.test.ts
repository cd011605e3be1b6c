import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LoadBalancer, type Policy } from '../../src/index.ts';
import { ManualHandler, quick, Rig, type Tracked } from '../support/rig.ts';

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

/** So many slots on one component, whose handlers end when the test says so. */
async function busy(slots: number, more: object = {}): Promise<{ rig: Rig; work: ManualHandler }> {
  const work = new ManualHandler();
  const rig = await Rig.start({
    components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: slots }],
    abortGraceMs: 1,
    ...more,
  });
  return { rig, work };
}

const cancelled = (rig: Rig): string[] => rig.of('request.cancelled').map(({ requestId }) => requestId);
const reasons = (all: readonly Tracked[]): unknown[] => all.map(({ error }) => error?.reason);

describe('one signal for many requests', () => {
  it('has one listener, of which nobody is warned, and none when the last has settled', async () => {
    const { rig, work } = await busy(5);
    const { signal } = new AbortController();
    const warnings: Error[] = [];
    const hear = (warning: Error): void => void warnings.push(warning);
    process.on('warning', hear);
    onTestFinished(() => void process.off('warning', hear));
    const all = Array.from({ length: 100 }, () => rig.execute({}, { signal }));
    expect(listenersOf(signal)).toBe(1);
    for (let k = 0; k < 100; k++) {
      await rig.advance();
      expect(listenersOf(signal)).toBe(1);
      work.runs[k]!.resolve(k);
    }
    await rig.advance();
    expect(all.every(({ outcome }) => outcome === 'resolved')).toBe(true);
    expect(listenersOf(signal)).toBe(0);
    await turn();
    expect(warnings).toEqual([]);
  });

  it('cancels those that are open in the order of their submission, whatever became of others', async () => {
    const { rig, work } = await busy(3);
    const controller = new AbortController();
    const ids = Array.from({ length: 12 }, (_, k) => `r${k}`);
    const all = ids.map((id) => rig.execute({ id }, { signal: controller.signal }));
    await rig.advance();
    work.runs[1]!.resolve('done');
    rig.balancer.cancel('r5');
    await rig.advance();
    controller.abort();
    expect(listenersOf(controller.signal)).toBe(0);
    await rig.advance();
    const left = ids.filter((id) => id !== 'r1' && id !== 'r5');
    expect(cancelled(rig)).toEqual(['r5', ...left]);
    expect(all[1]?.value).toBe('done');
    expect(reasons(all).filter((reason) => reason === 'aborted')).toHaveLength(10);
    expect(rig.of('command.refused')).toEqual([]);
    expect(rig.counts).toMatchObject({ submitted: 12, completed: 1, cancelled: 11 });
  });

  it('is left between requests only when none follows in the same turn', async () => {
    const balancer = await LoadBalancer.start({ components: [quick('a')], statePath: null, logger: false });
    const { signal } = new AbortController();
    const seen: number[] = [];
    for (let k = 0; k < 4; k++) {
      await balancer.execute({ type: 'GENERAL' }, { signal });
      seen.push(listenersOf(signal));
    }
    // one that is used for a single request is left at once, and one that has proved to be used again a turn later
    expect(seen).toEqual([0, 1, 1, 1]);
    await turn();
    expect(listenersOf(signal)).toBe(0);
    await balancer.execute({ type: 'GENERAL' }, { signal });
    await turn();
    expect(listenersOf(signal)).toBe(0);
    await balancer.stop();
  });

  it('is shared by balancers and by those who wait for room', async () => {
    const one = await busy(1, { maxQueueSize: 1 });
    const other = await busy(1);
    const controller = new AbortController();
    const { signal } = controller;
    one.rig.executeMany(2);
    await one.rig.advance();
    const room = one.rig.balancer.ready({ type: 'GENERAL' }, { signal }).catch((reason: unknown) => reason);
    const waiting = one.rig.balancer.execute({ type: 'GENERAL' }, { signal, whenFull: 'wait' });
    const told = waiting.catch(({ reason }: { reason: string }) => reason);
    const running = other.rig.execute({}, { signal });
    await one.rig.advance();
    await other.rig.advance();
    expect(listenersOf(signal)).toBe(1);
    controller.abort('enough');
    expect(listenersOf(signal)).toBe(0);
    await one.rig.advance();
    await other.rig.advance();
    expect(await room).toBe('enough');
    expect(await told).toBe('aborted');
    expect(running.error?.reason).toBe('aborted');
    expect(one.rig.balancer.getLoadBalancingMetrics().requests).toMatchObject({ inFlight: 1, queued: 1, cancelled: 1 });
  });

  it('is left by those who wait for room when there is some', async () => {
    const { rig, work } = await busy(1, { maxQueueSize: 1 });
    const { signal } = new AbortController();
    rig.executeMany(2);
    await rig.advance();
    let isReady = false;
    void rig.balancer.ready({ type: 'GENERAL' }, { signal }).then(() => (isReady = true));
    const waiting = rig.balancer.execute({ type: 'GENERAL' }, { signal, whenFull: 'wait' });
    for (let k = 0; k < 3; k++) {
      await rig.advance();
      work.runs[k]!.resolve(k);
    }
    expect(await waiting).toBe(2);
    await rig.advance();
    expect(isReady).toBe(true);
    await turn();
    expect(listenersOf(signal)).toBe(0);
  });

  it('has no listener for what is refused or comes too late', async () => {
    const { rig } = await busy(1, { maxQueueSize: 1 });
    const { signal } = new AbortController();
    const refused = [
      rig.execute({ type: '' }, { signal }),
      rig.execute({ excludedComponents: ['a'] }, { signal }),
      rig.execute({ deadline: 5 }, { signal }),
    ];
    await rig.advance();
    expect(refused.map(({ outcome }) => outcome)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(listenersOf(signal)).toBe(0);
    const open = rig.execute({}, { signal });
    await rig.advance();
    await rig.balancer.stop({ drain: false });
    expect(open.error?.reason).toBe('stopped');
    await turn();
    const late = rig.execute({}, { signal });
    await rig.advance();
    expect(late.error?.code).toBe('NOT_RUNNING');
    expect(listenersOf(signal)).toBe(0);
  });

  it('cancels only its own request when another has the same id', async () => {
    const { rig, work } = await busy(1, { maxQueueSize: 1 });
    const running = rig.execute();
    const queued = rig.execute();
    await rig.advance();
    const controller = new AbortController();
    const whenFull = 'wait';
    // nobody looks at the ids of those that wait for room until they are let in
    const other = rig.balancer.execute({ id: 'same', type: 'GENERAL' }, { whenFull });
    const twin = rig.balancer.execute({ id: 'same', type: 'GENERAL' }, { whenFull, signal: controller.signal });
    const told = twin.catch(({ reason }: { reason: string }) => reason);
    await rig.advance();
    controller.abort();
    await rig.advance();
    expect(await told).toBe('aborted');
    work.last.resolve('first');
    await rig.advance();
    const late = rig.execute({ id: 'same' }, { signal: AbortSignal.abort() });
    await rig.advance();
    expect(late.error).toMatchObject({ reason: 'duplicateId' });
    work.last.resolve('done');
    await rig.advance();
    expect([running.value, queued.value]).toEqual(['first', 'done']);
    work.last.resolve('its own');
    expect(await other).toBe('its own');
  });
});

describe('a signal that aborts', () => {
  it('in the turn of the submission starts nothing', async () => {
    const { rig, work } = await busy(4);
    const controller = new AbortController();
    const before = rig.execute({}, { signal: AbortSignal.abort() });
    const all = [rig.execute({}, { signal: controller.signal }), rig.execute({}, { signal: controller.signal })];
    controller.abort();
    const after = rig.execute({}, { signal: controller.signal });
    await rig.advance();
    expect(reasons([before, ...all, after])).toEqual(Array.from({ length: 4 }, () => 'aborted'));
    expect(work.runs).toEqual([]);
    expect(rig.counts).toMatchObject({ submitted: 4, cancelled: 4, inFlight: 0 });
  });

  it('while a request is read cancels that request too', async () => {
    const { rig, work } = await busy(4);
    const controller = new AbortController();
    const { signal } = controller;
    const first = rig.execute({}, { signal });
    const request = {
      type: 'GENERAL',
      get priority() {
        controller.abort();
        return 'HIGH' as const;
      },
    };
    const second = rig.execute(request, { signal });
    await rig.advance();
    expect(reasons([first, second])).toEqual(['aborted', 'aborted']);
    expect(work.runs).toEqual([]);
  });

  it('inside a handler, which settles in the same turn, ends its request once', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const rig = await Rig.start({
      components: [
        {
          id: 'a',
          maxConcurrentTasks: 1,
          handler: () => {
            controller.abort();
            return 'too late';
          },
        },
      ],
    });
    const all = [rig.execute({}, { signal }), rig.execute({}, { signal }), rig.execute({}, { signal })];
    await rig.advance();
    expect(reasons(all)).toEqual(['aborted', 'aborted', 'aborted']);
    expect(rig.counts).toMatchObject({ submitted: 3, cancelled: 3, queued: 0 });
    expect(rig.of('request.settledLate')).toHaveLength(1);
  });

  it('inside a transition cancels behind what is under way, and leaves alone what settles meanwhile', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const policy: Policy = {
      name: 'aborting',
      select: () => {
        controller.abort();
        return 0;
      },
    };
    const rig = await Rig.start({ components: [quick('a')], algorithm: policy });
    const all = [rig.execute({}, { signal }), rig.execute({ type: '' }, { signal }), rig.execute({}, { signal })];
    await rig.advance();
    expect(reasons([all[0]!, all[2]!])).toEqual(['aborted', 'aborted']);
    expect(all[1]?.error?.code).toBe('INVALID_REQUEST');
    expect(rig.of('command.refused')).toEqual([]);
  });

  it('after a request has been used again for another leaves that one alone', async () => {
    const { rig, work } = await busy(1);
    const controller = new AbortController();
    const first = rig.execute({}, { signal: controller.signal });
    await rig.advance();
    work.last.resolve('first');
    await rig.advance();
    const second = rig.execute();
    await rig.advance();
    controller.abort();
    await rig.advance();
    expect(first.value).toBe('first');
    expect(second.outcome).toBeUndefined();
    work.last.resolve('second');
    await rig.advance();
    expect(second.value).toBe('second');
  });

  it('is a message for each request to whoever watches the messages', async () => {
    const { rig } = await busy(2);
    const end = rig.state.observeMessages();
    const controller = new AbortController();
    const all = [1, 2, 3].map(() => rig.execute({}, { signal: controller.signal }));
    expect(listenersOf(controller.signal)).toBe(1);
    controller.abort();
    await rig.advance();
    expect(reasons(all)).toEqual(['aborted', 'aborted', 'aborted']);
    end();
  });
});

describe('requests that wait for room', () => {
  it('settle when the actor is stopped from outside', async () => {
    const { rig } = await busy(1, { maxQueueSize: 1 });
    rig.executeMany(2);
    await rig.advance();
    const { signal } = new AbortController();
    const waiting = rig.balancer.execute({ type: 'GENERAL' }, { signal, whenFull: 'wait' });
    const told = waiting.catch(({ code }: { code: string }) => code);
    await rig.advance();
    rig.balancer.actor.stop();
    await rig.advance();
    expect(await told).toBe('NOT_RUNNING');
    expect(listenersOf(signal)).toBe(0);
  });
});
