import { describe, expect, it } from 'vitest';
import {
  type Fact,
  InvalidRequestError,
  NoEligibleComponentError,
  NotRunningError,
  QueueFullError,
  type WorkloadRequest,
} from '../../src/index.ts';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

/** A request that only JavaScript could write. */
const wild = (value: unknown): WorkloadRequest => value as WorkloadRequest;

const throwing = (key: string, from = 0): WorkloadRequest => {
  let reads = 0;
  const request = { type: 'GENERAL' };
  const get = (): unknown => {
    if (reads++ >= from) throw new Error('mine');
    return undefined;
  };
  return Object.defineProperty(request, key, { get, enumerable: true });
};

describe('an invalid request', () => {
  it.for<[string, unknown, string]>([
    ['undefined', undefined, 'object'],
    ['null', null, 'object'],
    ['a string', 'GENERAL', 'object'],
    ['a list', [], 'array'],
    ['without a type', {}, 'type'],
    ['with an empty type', { type: '' }, 'type'],
    ['with an unknown key', { type: 'x', prioritiy: 'HIGH' }, 'prioritiy'],
    ['with an unknown priority', { type: 'x', priority: 'URGENT' }, 'URGENT'],
    ['with an empty id', { type: 'x', id: '' }, 'id'],
    ['with an id too long', { type: 'x', id: 'i'.repeat(257) }, 'id'],
    ['with a time-out of 0', { type: 'x', timeoutMs: 0 }, 'timeoutMs'],
    ['with a time-out that is NaN', { type: 'x', timeoutMs: Number.NaN }, 'NaN'],
    ['with an infinite deadline', { type: 'x', deadline: Number.POSITIVE_INFINITY }, 'deadline'],
    ['with a deadline that is a date', { type: 'x', deadline: new Date(0) }, 'deadline'],
    ['with negative retries', { type: 'x', maxRetries: -1 }, 'maxRetries'],
    ['with half a retry', { type: 'x', maxRetries: 0.5 }, 'maxRetries'],
    ['with too large a demand', { type: 'x', resources: { cpu: 101 } }, 'resources.cpu'],
    ['with an unknown resource', { type: 'x', resources: { gpu: 1 } }, 'gpu'],
    ['with a preference that is no list', { type: 'x', preferredComponents: 'a' }, 'preferredComponents'],
    ['with an exclusion that is no name', { type: 'x', excludedComponents: [5] }, 'excludedComponents.0'],
    ['with metadata that is none', { type: 'x', metadata: 5 }, 'metadata'],
    ['that throws when its type is read', throwing('type'), 'throws'],
    ['that throws when its deadline is read', throwing('deadline'), 'throws'],
    ['that is a revoked proxy', revoked(), 'throws'],
  ])('%s is refused by a typed error and counted, and nothing is enqueued', async ([, request, word]) => {
    const rig = await Rig.start({ components: [quick('a')] });
    const told: Fact[] = [];
    const tracked = rig.execute();
    await rig.advance();
    expect(tracked.outcome).toBe('resolved');

    await expect(rig.balancer.execute(wild(request))).rejects.toThrow(InvalidRequestError);
    await expect(rig.balancer.execute(wild(request))).rejects.toThrow(word);
    expect(rig.balancer.submitRequest(wild(request))).toBe(false);
    rig.balancer.actor.send({
      type: 'request.submit',
      request: wild(request),
      replyTo: { send: (fact) => told.push(fact) },
    });
    await rig.advance();
    expect(told).toMatchObject([{ type: 'request.rejected', error: { code: 'INVALID_REQUEST' } }]);
    expect(rig.counts).toMatchObject({ submitted: 5, completed: 1, rejected: 4, queued: 0, inFlight: 0 });
    expect(rig.state.requests.jobs.open).toBe(0);
    expect(() => rig.balancer.selectComponent(wild(request))).toThrow(InvalidRequestError);
    expect(() => rig.balancer.previewSelection(wild(request))).toThrow(InvalidRequestError);
    await expect(rig.balancer.ready(request === undefined ? wild(null) : wild(request))).rejects.toThrow(
      InvalidRequestError,
    );
  });

  it('is told to whoever sent it with the id and metadata that can be read', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    const told: Fact[] = [];
    rig.balancer.actor.send({
      type: 'request.submit',
      request: wild({ id: 'mine', type: 'x', metadata: { n: 1 }, timeoutMs: -1 }),
      replyTo: { send: (fact) => told.push(fact) },
    });
    await rig.advance();
    expect(told).toMatchObject([{ requestId: 'mine', workload: 'x', metadata: { n: 1 } }]);
  });

  it('may be frozen, event and all', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    const told: Fact[] = [];
    const replyTo = { send: (fact: Fact) => told.push(fact) };
    rig.balancer.actor.send(Object.freeze({ type: 'request.submit', request: Object.freeze({ type: 'x' }), replyTo }));
    rig.balancer.actor.send(Object.freeze({ type: 'request.submit', request: wild(null), replyTo }));
    await rig.advance();
    expect(told.map(({ type }) => type).sort()).toEqual(['request.completed', 'request.rejected']);
  });

  it('with a signal that is none is refused before it is submitted', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    const options = JSON.parse('{"signal": {"aborted": false}}');
    await expect(rig.balancer.execute({ type: 'x' }, options)).rejects.toThrow(InvalidRequestError);
    expect(rig.counts.submitted).toBe(0);
  });
});

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({ type: 'GENERAL' }, {});
  revoke();
  return proxy;
}

describe('a request whose properties change after it was taken', () => {
  it('goes where it was going, and facts say what it was', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 1 }, quick('b', { serves: ['OTHER'] })],
    });
    rig.execute();
    await rig.advance();
    const request = { type: 'GENERAL', metadata: { n: 1 } };
    const tracked = rig.execute(request);
    request.type = 'OTHER';
    Object.defineProperty(request, 'metadata', {
      get() {
        throw new Error('mine');
      },
    });
    rig.balancer.register(quick('c', { serves: ['THIRD'] }));
    expect(rig.balancer.deregister('c')).toBe(true);
    work.last.resolve();
    await rig.advance();
    work.last.resolve('done');
    await rig.advance();
    expect(tracked.value).toBe('done');
    expect(rig.of('request.completed')[1]).toMatchObject({ workload: 'GENERAL', metadata: { n: 1 } });
  });
});

describe('an id', () => {
  it('that an open request has is refused, and free again afterwards', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle }] });
    const first = rig.execute({ id: 'one' });
    const second = rig.execute({ id: 'one' });
    await rig.advance();
    expect(second.error).toMatchObject({ code: 'INVALID_REQUEST', reason: 'duplicateId', requestId: 'one' });
    work.last.resolve(1);
    await rig.advance();
    expect(first.value).toBe(1);
    const third = rig.execute({ id: 'one' });
    await rig.advance();
    work.last.resolve(3);
    await rig.advance();
    expect(third.value).toBe(3);
    expect(rig.counts).toMatchObject({ submitted: 3, completed: 2, rejected: 1 });
  });

  it('that looks like a made one cannot take over its request', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle }] });
    rig.execute();
    await rig.advance();
    const { requestId } = work.last.context;
    const copy = rig.execute({ id: requestId });
    await rig.advance();
    expect(copy.error).toMatchObject({ reason: 'duplicateId' });
    expect(rig.balancer.cancel(requestId)).toBe(true);
    expect(rig.balancer.cancel(requestId)).toBe(false);
  });

  it('made for one request is never that of a later one', async () => {
    const ids: string[] = [];
    const rig = await Rig.start({
      components: [{ id: 'a', handler: (_, { requestId }) => ids.push(requestId) }],
    });
    for (let k = 0; k < 50; k++) await rig.execute().promise;
    expect(new Set(ids).size).toBe(50);
  });

  it.for(['', 'nope', '0-0.0', 'x.', '.', '-'])('%j that nobody has cannot be cancelled', async (id) => {
    const rig = await Rig.start({ components: [quick('a')] });
    expect(rig.balancer.cancel(id)).toBe(false);
    await rig.advance();
    expect(rig.of('command.refused')).toMatchObject([{ command: 'request.cancel', state: 'unknown' }]);
  });
});

describe('a request that cannot be taken', () => {
  it('is refused at once when nothing serves it', async () => {
    const rig = await Rig.start({ components: [quick('a', { serves: ['ONE'] }), quick('b', { serves: ['TWO'] })] });
    const nobody = rig.execute({ type: 'THREE' });
    const excluded = rig.execute({ type: 'ONE', excludedComponents: ['a'] });
    const fine = rig.execute({ type: 'ONE', excludedComponents: ['b', 'gone'] });
    await rig.advance();
    expect(nobody.error).toBeInstanceOf(NoEligibleComponentError);
    expect(nobody.error).toMatchObject({ reason: 'notServed', value: 'THREE' });
    expect(excluded.error).toBeInstanceOf(NoEligibleComponentError);
    expect(fine.value).toBe('a');
    expect(rig.counts).toMatchObject({ rejected: 2, completed: 1 });
  });

  it('is refused when the queue is full, 100,000 of them in one tick', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 10 }],
      maxQueueSize: 1_000,
    });
    const { state, balancer } = rig;
    let accepted = 0;
    for (let k = 0; k < 99_000; k++) if (balancer.submitRequest({ type: 'GENERAL', priority: 'LOW' })) accepted++;
    expect(accepted).toBe(1_010);
    for (let k = 0; k < 1_000; k++) if (balancer.submitRequest({ type: 'GENERAL', priority: 'HIGH' })) accepted++;
    expect(accepted).toBe(2_010);
    expect(state.queue.size).toBe(1_000);
    const late = rig.execute({ priority: 'HIGH' });
    await rig.advance();
    expect(late.error).toBeInstanceOf(QueueFullError);
    expect(rig.counts).toMatchObject({
      submitted: 100_001,
      rejected: 97_991,
      shed: 1_000,
      queued: 1_000,
      inFlight: 10,
    });
    expect(rig.of('queue.highWater').map(({ route }) => route)).toEqual([undefined, ['*']]);
  });
});

describe('a request to a balancer that does not run', () => {
  it('is refused before the start, and counted', async () => {
    const rig = new Rig({ components: [quick('a')] });
    const tracked = rig.execute({ id: 'early' });
    expect(rig.balancer.submitRequest({ type: 'GENERAL' })).toBe(false);
    await rig.advance();
    expect(tracked.error).toBeInstanceOf(NotRunningError);
    expect(tracked.error).toMatchObject({ reason: 'new', message: expect.stringContaining('startLoadBalancing()') });
    expect(rig.counts).toMatchObject({ submitted: 2, rejected: 2 });
    expect(rig.balancer.drain('a')).toBe(false);
    expect(() => rig.balancer.register(quick('b'))).toThrow(NotRunningError);
    expect(rig.balancer.selectComponent({ type: 'GENERAL' })).toBeUndefined();
  });

  it('is refused while it drains and after it has stopped, and counted', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle }] });
    const open = rig.execute();
    const stopped = rig.balancer.stop();
    const draining = rig.execute();
    expect(rig.balancer.submitRequest({ type: 'GENERAL' })).toBe(false);
    await rig.advance();
    expect(draining.error).toMatchObject({ code: 'NOT_RUNNING', reason: 'draining' });
    work.last.resolve('done');
    await rig.advance();
    await stopped;
    expect(open.value).toBe('done');
    const after = rig.execute();
    expect(rig.balancer.submitRequest({ type: 'GENERAL' })).toBe(false);
    await rig.advance();
    expect(after.error).toMatchObject({ code: 'NOT_RUNNING', reason: 'stopped' });
    expect(rig.counts).toMatchObject({ submitted: 5, completed: 1, rejected: 4 });
    expect(rig.balancer.cancel('x')).toBe(false);
    expect(() => rig.balancer.updateConfig({ maxQueueSize: 5 })).toThrow(NotRunningError);
  });
});
