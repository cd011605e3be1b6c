import { AsyncLocalStorage } from 'node:async_hooks';
import { balancerLogic, submitFrom, type TerminalFact } from 'plimsoll/machines';
import { describe, expect, it } from 'vitest';
import { createActor, setup } from 'xstate';
import type { ComponentSpec, Handler } from '../../src/index.ts';
import { VirtualClock } from '../../src/testing.ts';
import { Rig } from '../support/rig.ts';

const trace = new AsyncLocalStorage<string>();

/** Notes in whose context each attempt runs: at its start, and after it has waited. */
function tracing(ms = 10, fails: (attempt: number) => boolean = () => false) {
  const seen: unknown[] = [];
  const handler: Handler = async (request, { attempt, clock, componentId, signal }) => {
    const atStart = trace.getStore();
    await new Promise<void>((resolve, reject) => {
      clock.setTimeout(resolve, ms);
      signal.addEventListener('abort', () => reject(signal.reason));
    }).finally(() => seen.push({ id: request.id, attempt, componentId, atStart, afterwards: trace.getStore() }));
    if (fails(attempt)) throw new Error('not yet');
    return trace.getStore();
  };
  return { seen, handler };
}

const component = (id: string, handler: Handler, maxConcurrentTasks = 10): ComponentSpec => ({
  id,
  handler,
  maxConcurrentTasks,
});

describe('a handler runs in the async context of who submitted its request', () => {
  it('at once, and when it had to wait in the queue for the completion of somebody else’s', async () => {
    const { seen, handler } = tracing();
    const rig = await Rig.start({ components: [component('a', handler, 1)] });
    const results = ['one', 'two', 'three'].map((name) => trace.run(name, () => rig.execute({ id: name })));
    await trace.run('the clock’s', () => rig.advance(100));
    expect(results.map(({ value }) => value)).toEqual(['one', 'two', 'three']);
    expect(seen).toMatchObject(['one', 'two', 'three'].map((name) => ({ id: name, atStart: name, afterwards: name })));
  });

  it('in each of its attempts', async () => {
    const { seen, handler } = tracing(10, (attempt) => attempt < 3);
    const rig = await Rig.start({ components: [component('a', handler)] });
    const result = trace.run('mine', () => rig.execute());
    await trace.run('the clock’s', () => rig.advance(30_000));
    expect(result.value).toBe('mine');
    expect(seen).toMatchObject([1, 2, 3].map((attempt) => ({ attempt, atStart: 'mine', afterwards: 'mine' })));
  });

  it('after a failover as well', async () => {
    const { seen, handler } = tracing(100);
    const rig = await Rig.start({ components: [component('a', handler), component('b', handler)] });
    const result = trace.run('mine', () => rig.execute({ preferredComponents: ['a'] }));
    await rig.advance(10);
    trace.run('the operator’s', () => rig.balancer.fail('a'));
    await rig.advance(200);
    expect(result.value).toBe('mine');
    expect(seen).toMatchObject([
      { componentId: 'a', atStart: 'mine' },
      { componentId: 'b', atStart: 'mine', afterwards: 'mine' },
    ]);
  });

  it('when the request was only submitted, and when it came by message', async () => {
    const { seen, handler } = tracing();
    const rig = await Rig.start({ components: [component('a', handler)] });
    trace.run('submitted', () => rig.balancer.submitRequest({ type: 'GENERAL' }));
    trace.run('sent', () => rig.balancer.actor.send({ type: 'request.submit', request: { type: 'GENERAL' } }));
    rig.balancer.submitRequest({ type: 'GENERAL' });
    await rig.advance(100);
    expect(seen).toMatchObject([{ atStart: 'submitted' }, { atStart: 'sent' }, { atStart: undefined }]);
  });

  it('when a host machine submits it in answer to an event', async () => {
    const { seen, handler } = tracing();
    const clock = new VirtualClock();
    const host = setup({
      types: { events: {} as { type: 'order' } | TerminalFact },
      actors: { balancer: balancerLogic },
    }).createMachine({
      invoke: {
        src: 'balancer',
        systemId: 'balancer',
        input: { components: [component('a', handler)], logger: false },
      },
      on: {
        order: {
          actions: ({ self }) => {
            submitFrom(self)({ type: 'GENERAL' });
          },
        },
      },
    });
    const actor = createActor(host, { clock }).start();
    trace.run('the order’s', () => actor.send({ type: 'order' }));
    await clock.advance(100);
    expect(seen).toMatchObject([{ atStart: 'the order’s', afterwards: 'the order’s' }]);
  });

  it('unless asyncContext is off: then in that of whoever had it dispatched', async () => {
    const { seen, handler } = tracing();
    const rig = await Rig.start({ components: [component('a', handler, 1)], asyncContext: false });
    trace.run('one', () => rig.execute());
    trace.run('two', () => rig.execute());
    await trace.run('the clock’s', () => rig.advance(100));
    expect(seen).toHaveLength(2);
    expect(seen[1]).not.toMatchObject({ atStart: 'two' });
  });
});
