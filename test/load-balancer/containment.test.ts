import { filter, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createActor, fromCallback } from 'xstate';
import { type Fact, HOLD, type Integrations, PlimsollError, type Policy } from '../../src/index.ts';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

const mine = (): never => {
  throw new Error('mine');
};

/** How often something of the user's was logged to have thrown. */
const complaints = (rig: Rig, word: string): number =>
  rig.log.lines.filter(({ level, message, fields }) => {
    const err: unknown = Reflect.get(fields, 'err');
    return level === 'error' && message.includes(word) && err instanceof Error && err.message === 'mine';
  }).length;

describe('an observer that throws', () => {
  it('as a listener is logged, and the others hear all the same', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    const heard: string[] = [];
    rig.balancer.on('request.completed', mine);
    rig.balancer.on('request.completed', async () => mine());
    rig.balancer.on('request.completed', ({ requestId }) => heard.push(requestId));
    rig.executeMany(3);
    await rig.advance();
    expect(heard).toHaveLength(3);
    expect(complaints(rig, 'a listener of request.completed threw')).toBe(6);
    expect(rig.counts.completed).toBe(3);
  });

  it('as a direct subscriber is logged, stays, and the others hear all the same', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    let heard = 0;
    let called = 0;
    rig.balancer.events$.subscribe(() => {
      called++;
      mine();
    });
    rig.balancer.events$.subscribe({ next: async () => mine(), complete: mine });
    rig.balancer.events$.subscribe(() => heard++);
    rig.balancer.status$('a').subscribe(mine);
    rig.balancer.metrics$(100).subscribe(mine);
    rig.balancer.alerts$.subscribe(mine);
    await rig.execute().promise;
    await rig.advance(1_000);
    expect(heard).toBeGreaterThan(2);
    expect(called).toBe(heard);
    expect(complaints(rig, 'a subscriber threw')).toBeGreaterThanOrEqual(2 * heard + 11);
    await Promise.all([rig.balancer.stop(), rig.advance()]);
  });

  it('behind an operator follows the rules of RxJS: it ends there, and only there', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    const errors: unknown[] = [];
    rig.balancer.events$
      .pipe(
        filter(({ type }) => type === 'request.completed'),
        map(mine),
      )
      .subscribe({ error: (error) => errors.push(error) });
    await rig.execute().promise;
    await rig.execute().promise;
    await rig.advance();
    expect(errors).toMatchObject([{ message: 'mine' }]);
    expect(rig.counts.completed).toBe(2);
  });

  it('as a receiver of facts is logged, be it an object or an answerer', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    rig.balancer.actor.send({ type: 'facts.subscribe', subscriber: { send: mine } });
    rig.balancer.actor.send({ type: 'request.submit', request: { type: 'x' }, replyTo: { send: mine } });
    rig.balancer.actor.send({ type: 'request.submit', request: { type: 'x' }, replyTo: JSON.parse('5') });
    rig.balancer.actor.send({ type: 'balancer.resume', replyTo: { send: mine } });
    await rig.advance();
    expect(rig.counts.completed).toBe(2);
    expect(complaints(rig, 'a subscriber threw')).toBeGreaterThan(0);
    expect(complaints(rig, 'an observer threw')).toBe(2);
  });

  it('as an actor that dies or has stopped is dropped', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    const heard: string[] = [];
    const crashing = createActor(
      fromCallback<Fact>(({ receive }) => {
        receive((fact) => {
          heard.push(fact.type);
          if (fact.type === 'request.completed') mine();
        });
      }),
    );
    crashing.subscribe({ error: () => {} });
    crashing.start();
    const stopped = createActor(fromCallback<Fact>(() => {})).start();
    stopped.stop();
    rig.balancer.actor.send({ type: 'facts.subscribe', subscriber: crashing });
    rig.balancer.actor.send({ type: 'facts.subscribe', subscriber: stopped });
    rig.balancer.actor.send({ type: 'request.submit', request: { type: 'x' }, replyTo: stopped });
    await rig.execute().promise;
    await rig.execute().promise;
    await rig.advance();
    expect(rig.counts.completed).toBe(3);
    expect(heard).toContain('request.completed');
  });

  it('as an inspector is logged', async () => {
    const rig = await Rig.start({ components: [quick('a')], inspect: mine });
    expect(await rig.balancer.execute({ type: 'x' })).toBe('a');
    expect(complaints(rig, 'an inspector threw')).toBeGreaterThan(0);
  });
});

describe('a port of the user that throws', () => {
  it('as a logger is ignored', async () => {
    const logger = { debug: mine, info: mine, warn: mine, error: mine };
    const rig = await Rig.start({ components: [quick('a'), { id: 'b', handler: mine }], logger, maxRetries: 0 });
    rig.balancer.on('*', mine);
    const tracked = rig.executeMany(20);
    rig.balancer.cancel('nobody');
    await rig.advance();
    expect(tracked.every(({ outcome }) => outcome !== undefined)).toBe(true);
  });

  it.for<[string, () => number]>([
    ['throws', mine],
    ['answers NaN', () => Number.NaN],
    ['answers 1', () => 1],
    ['answers a negative', () => -1],
    ['answers text', () => JSON.parse('"0.5"')],
  ])('as a source of chance that %s is replaced, and told of once', async ([, random]) => {
    const rig = await Rig.start({
      components: Array.from({ length: 70 }, (_, k) => quick(`c${k}`)),
      random,
    });
    const tracked = rig.executeMany(500);
    await rig.advance();
    expect(tracked.every(({ outcome }) => outcome === 'resolved')).toBe(true);
    expect(rig.log.lines.filter(({ message }) => message.includes('random broke its contract'))).toHaveLength(1);
  });

  it.for(['health', 'performance', 'errors', 'resources'] as const)('as integration %s is logged', async (name) => {
    const throwing: Required<Integrations> = {
      health: { attach: mine, statusChanged: mine },
      performance: { attach: mine, metricsSampled: async () => mine() },
      errors: { attach: async () => mine(), errorReported: mine },
      resources: { attach: mine, scalingRecommended: mine },
    };
    const rig = await Rig.start({ components: [quick('a')], integrations: { [name]: throwing[name] } });
    await rig.execute().promise;
    rig.balancer.fail('a');
    await rig.advance(400_000);
    expect(complaints(rig, 'threw')).toBeGreaterThanOrEqual(1);
    expect(rig.stateOf('a')).toBeDefined();
  });

  it('as a health check fails it, and as a worker is contained', async () => {
    let closed = 0;
    const rig = await Rig.start({
      components: [
        quick('a', { check: mine }),
        quick('b', { check: async () => mine() }),
        {
          id: 'c',
          handler: {
            handle: () => 'c',
            attach: mine,
            close() {
              closed++;
              mine();
            },
          },
        },
        ...['d', 'e', 'f', 'g'].map((id) => quick(id)),
      ],
      healthCheckIntervalMs: 1_000,
    });
    await rig.advance(3_500);
    expect([rig.stateOf('a'), rig.stateOf('b')]).toEqual(['failed.isolated', 'failed.isolated']);
    expect(complaints(rig, 'threw')).toBe(1);
    rig.balancer.deregister('c');
    await rig.advance();
    expect(closed).toBe(1);
    expect(rig.of('error.reported')).toContainEqual(
      expect.objectContaining({ code: 'WORKER_CLOSE_FAILED', componentId: 'c' }),
    );
  });
});

describe('a policy of the user', () => {
  const answering = (answer: unknown): Policy => ({ name: 'mine', select: () => answer as number });

  it.for<[string, Policy]>([
    ['throws', { name: 'mine', select: mine }],
    ['answers NaN', answering(Number.NaN)],
    ['answers a fraction', answering(0.5)],
    ['answers too much', answering(99)],
    ['answers a negative', answering(-7)],
    ['answers -1', answering(-1)],
    ['answers nothing', answering(undefined)],
    ['answers a symbol', answering(Symbol('x'))],
    ['answers a promise', answering(Promise.resolve(0))],
    ['answers something hostile', answering({ toString: mine, valueOf: mine })],
    ['holds while nothing runs', answering(HOLD)],
    ['cannot make a memory', { name: 'mine', select: () => 0, createMemory: mine }],
    ['asks for a position that is none', { name: 'mine', select: ({ count, slots }) => slots(count) }],
    ['is asynchronous', { name: 'mine', select: async () => 0 } as unknown as Policy],
    ['is asynchronous and fails', { name: 'mine', select: async () => mine() } as unknown as Policy],
    ['makes a memory that fails later', { name: 'mine', select: mine, createMemory: async () => mine() }],
  ])('that %s is replaced by least connections, and reported', async ([, algorithm]) => {
    const rig = await Rig.start({ components: [quick('a'), quick('b')], algorithm });
    const tracked = rig.executeMany(3);
    await rig.advance();
    expect(tracked.map(({ outcome }) => outcome)).toEqual(['resolved', 'resolved', 'resolved']);
    expect(rig.of('error.reported').map(({ code }) => code)).toContain('POLICY_FAILED');
    expect(rig.balancer.selectComponent({ type: 'x' })).toMatch(/^[ab]$/);
  });

  it('that holds for ever is heeded as long as somebody works', async () => {
    const work = new ManualHandler();
    let hold = false;
    const policy: Policy = { name: 'mine', select: () => (hold ? HOLD : 0) };
    const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle }, quick('b')], algorithm: policy });
    const preferA = { preferredComponents: ['a'] };
    rig.execute(preferA);
    await rig.advance();
    hold = true;
    const held = rig.execute();
    await rig.advance(1_000);
    expect(held.outcome).toBeUndefined();
    expect(rig.balancer.selectComponent({ type: 'x' })).toBeUndefined();
    work.last.resolve();
    await rig.advance();
    if (held.outcome === undefined) work.last.resolve();
    await rig.advance();
    expect(held.outcome).toBe('resolved');
  });

  it('may call back in: its calls are taken after the pick', async () => {
    const policy: Policy = {
      name: 'mine',
      select() {
        if (rig.counts.submitted < 5) void rig.balancer.execute({ type: 'x' });
        return 0;
      },
    };
    const rig: Rig = await Rig.start({ components: [quick('a')], algorithm: policy });
    rig.execute();
    await rig.advance();
    expect(rig.counts).toMatchObject({ submitted: 5, completed: 5 });
  });
});

describe('a message that is none of the balancer’s', () => {
  it.for<{ readonly type: string } & Record<string, unknown>>([
    { type: 'component.explode', componentId: 'a' },
    { type: 'component.drain' },
    { type: 'component.drain', componentId: 5 },
    { type: 'component.update', componentId: 'a', weight: 'heavy' },
    { type: 'component.register' },
    { type: 'component.reportUsage', componentId: 'a', usage: { cpu: 'much' } },
    { type: 'component.reportHealth', componentId: 'a', healthy: 'yes' },
    { type: 'config.update' },
    { type: 'algorithm.select', algorithm: 'fastest' },
    { type: 'algorithm.select', algorithm: 'custom' },
    { type: 'facts.subscribe', subscriber: {} },
    { type: 'facts.subscribe', subscriber: { send() {} }, types: 5 },
    { type: 'request.cancel', requestId: {} },
  ])('is refused with a reason: %j', async (message) => {
    const rig = await Rig.start({ components: [quick('a')] });
    const told: Fact[] = [];
    const event = { ...message, replyTo: { send: (fact: Fact) => told.push(fact) } };
    Reflect.apply(rig.balancer.actor.send, undefined, [event]);
    await rig.advance();
    expect(told).toMatchObject([
      { type: 'command.refused', command: event.type, reason: expect.stringMatching(/.{10}/) },
    ]);
    expect(rig.stateOf('a')).toBe('operational.available');
    expect(await rig.balancer.execute({ type: 'x' })).toBe('a');
  });

  it.for([
    'attempts.settled',
    'requests.submitted',
    'component.stateReported',
    'timer.fired',
    'optimizer.advised',
    'load.sampled',
    'state.flushControl',
  ])('but looks like one of its own is contained: %s', async (type) => {
    const rig = await Rig.start({ components: [quick('a')], expectDefects: true });
    Reflect.apply(rig.balancer.actor.send, undefined, [{ type }]);
    expect(await rig.balancer.execute({ type: 'x' })).toBe('a');
  });

  it('has errors that serialise', () => {
    const error = new (class extends PlimsollError {
      readonly code = 'NOT_RUNNING';
    })('message', { requestId: 'r', componentId: 'c', reason: 'why' });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: '',
      code: 'NOT_RUNNING',
      message: 'message',
      requestId: 'r',
      componentId: 'c',
      reason: 'why',
    });
  });
});
