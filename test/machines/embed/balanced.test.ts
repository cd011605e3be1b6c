import { type BalancerInput, balanced, balancerLogic, balancerOf, type WorkloadRequest } from 'plimsoll/machines';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { assign, createActor, fromTransition, setup, toPromise } from 'xstate';
import { HandlerError, InvalidRequestError, NotRunningError, RequestTimeoutError } from '../../../src/domain/errors.ts';
import { VirtualClock } from '../../../src/testing/clock/virtual-clock.ts';
import { component, input } from './hosts.ts';

interface Quote {
  readonly price: number;
}

/** A host that gets a quote by one request, and can think better of it. */
const host = setup({
  types: {
    input: {} as { balancer: BalancerInput; request: WorkloadRequest },
    context: {} as { balancer: BalancerInput; request: WorkloadRequest; quote?: Quote; error?: unknown },
    events: {} as { type: 'leave' } | { type: 'ask' },
  },
  actors: { balancer: balancerLogic, quote: balanced<Quote>('balancer') },
}).createMachine({
  context: ({ input }) => input,
  invoke: { src: 'balancer', systemId: 'balancer', input: ({ context }) => context.balancer },
  initial: 'idle',
  states: {
    idle: { on: { ask: 'asking' } },
    asking: {
      invoke: {
        src: 'quote',
        input: ({ context }) => context.request,
        onDone: {
          target: 'priced',
          actions: assign({
            quote: ({ event }) => {
              expectTypeOf(event.output).toEqualTypeOf<Quote>();
              return event.output;
            },
          }),
        },
        onError: { target: 'failed', actions: assign({ error: ({ event }) => event.error }) },
      },
      on: { leave: 'idle', ask: { target: 'asking', reenter: true } },
    },
    priced: {},
    failed: {},
  },
});

const start = (request: WorkloadRequest, changes: Partial<BalancerInput> = {}) => {
  const clock = new VirtualClock();
  const actor = createActor(host, { clock, input: { balancer: input(changes), request } }).start();
  return { actor, clock, balancer: balancerOf(actor.system, 'balancer') };
};

const failing = (handler: () => never) => ({ components: [component('a', { handler })] });

describe('balanced', () => {
  it('gives the invoking machine the handler’s result', async () => {
    const components = [component('a', { handler: ({ payload }) => ({ price: payload }) })];
    const { actor, clock } = start({ type: 'GENERAL', payload: 42 }, { components });
    actor.send({ type: 'ask' });
    await clock.advance(0);
    expect(actor.getSnapshot().value).toBe('priced');
    expect(actor.getSnapshot().context.quote).toEqual({ price: 42 });
  });

  it.for([
    [
      'a handler that fails',
      { type: 'GENERAL', maxRetries: 1 },
      failing(() => {
        throw new Error('no');
      }),
      HandlerError,
    ],
    ['a time-out', { type: 'GENERAL', payload: Infinity, timeoutMs: 50, maxRetries: 0 }, {}, RequestTimeoutError],
    ['a request that is not valid', { type: '' }, {}, InvalidRequestError],
  ] as const)('gives onError a typed error for %s', async ([, request, changes, errorClass]) => {
    const { actor, clock } = start(request, changes);
    actor.send({ type: 'ask' });
    await clock.advance(500);
    expect(actor.getSnapshot().value).toBe('failed');
    expect(actor.getSnapshot().context.error).toBeInstanceOf(errorClass);
  });

  it('cancels the request when the invoking state exits, whether it works, waits or was never given an id', async () => {
    const components = [component('a', { maxConcurrentTasks: 1 })];
    const { actor, clock, balancer } = start({ type: 'GENERAL', payload: Infinity }, { components });
    const told: unknown[] = [];
    balancer.on('*', (fact) => told.push(fact));
    actor.send({ type: 'ask' });
    await clock.advance(10);
    actor.send({ type: 'leave' });
    await clock.advance(0);
    expect(told).toContainEqual(expect.objectContaining({ type: 'request.cancelled', attempts: 1 }));
    balancer.send({ type: 'balancer.pause' });
    actor.send({ type: 'ask' });
    await clock.advance(10);
    actor.send({ type: 'ask' });
    actor.send({ type: 'leave' });
    await clock.advance(0);
    const cancelled = told.filter((fact) => Reflect.get(Object(fact), 'type') === 'request.cancelled');
    expect(cancelled).toHaveLength(3);
    expect(told).not.toContainEqual(expect.objectContaining({ type: 'command.refused' }));
    expect(actor.getSnapshot().value).toBe('idle');
  });

  it('has nothing to cancel once it has an answer', async () => {
    const { actor, clock, balancer } = start({ type: 'GENERAL', payload: 5 });
    const refused = vi.fn();
    balancer.on('command.refused', refused);
    actor.send({ type: 'ask' });
    await clock.advance(10);
    expect(actor.getSnapshot().value).toBe('priced');
    actor.stop();
    await clock.advance(0);
    expect(refused).not.toHaveBeenCalled();
  });

  it('settles as cancelled when the balancer stops meanwhile, and as not running afterwards', async () => {
    const { actor, clock, balancer } = start({ type: 'GENERAL', payload: Infinity });
    actor.send({ type: 'ask' });
    await clock.advance(10);
    balancer.send({ type: 'balancer.stop', drain: false });
    await clock.advance(0);
    expect(actor.getSnapshot().context.error).toMatchObject({ code: 'REQUEST_CANCELLED', reason: 'stopped' });
    const late = createActor(balanced(balancer), { input: { type: 'GENERAL' } });
    const output = toPromise(late);
    late.start();
    await expect(output).rejects.toBeInstanceOf(NotRunningError);
  });

  it('cancels what still waits in the balancer’s mailbox, and nothing in one that has stopped', async () => {
    const { actor, clock, balancer } = start({ type: 'GENERAL', payload: Infinity });
    await clock.advance(0);
    const told: string[] = [];
    for (const type of ['request.cancelled', 'command.refused'] as const) balancer.on(type, () => told.push(type));
    // a raw observer runs inside the balancer's own transition, so that what comes from it has to wait
    const subscription = balancer.subscribe(() => {
      subscription.unsubscribe();
      actor.send({ type: 'ask' });
      actor.send({ type: 'leave' });
    });
    balancer.send({ type: 'balancer.pause' });
    await clock.advance(0);
    expect(told).toEqual(['request.cancelled']);
    const request = createActor(balanced(balancer), { input: { type: 'GENERAL' } });
    request.subscribe({ error: () => undefined });
    request.start();
    balancer.send({ type: 'balancer.stop', drain: false });
    request.stop();
    await clock.advance(0);
    expect(told).toEqual(['request.cancelled', 'request.cancelled']);
  });

  it('says so when no balancer has that systemId, or something else has it', async () => {
    for (const id of ['absent', 'other'] as const) {
      const parent = createActor(
        setup({ actors: { other: fromTransition(() => 0, 0), request: balanced(id) } }).createMachine({
          invoke: [
            { src: 'other', systemId: 'other' },
            {
              src: 'request',
              input: { type: 'GENERAL' },
              onError: { actions: assign({ error: ({ event }) => event.error }) },
            },
          ],
        }),
      );
      parent.start();
      await new VirtualClock().advance(0);
      const { error }: { error?: unknown } = parent.getSnapshot().context;
      expect(error).toMatchObject({ reason: id === 'absent' ? 'noBalancer' : 'notABalancer' });
    }
  });

  it('takes a balancer by reference, from another system as well', async () => {
    const clock = new VirtualClock();
    const balancer = createActor(balancerLogic, { clock, input: input() }).start();
    const request = createActor(balanced<number, number>(balancer), { input: { type: 'GENERAL', payload: 7 } });
    const output = toPromise(request);
    request.start();
    await clock.advance(7);
    expect(await output).toBe(7);
    expectTypeOf(output).resolves.toEqualTypeOf<number>();
    // @ts-expect-error the payload of this one is a number
    createActor(balanced<number, number>(balancer), { input: { type: 'GENERAL', payload: 'seven' } });
  });
});
