import { type BalancerMetrics, type ComponentStatus, LoadBalancer } from 'plimsoll';
import {
  type BalancerCommand,
  type BalancerInput,
  type BalancerOutput,
  type BalancerRef,
  type BalancerState,
  balanced,
  balancerLogic,
  balancerOf,
  type Fact,
  type FactOfType,
  type WorkloadRequest,
} from 'plimsoll/machines';
import { filter, type Observable } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type ActorRefFrom, createActor, type EmittedFrom, type InputFrom, type OutputFrom, setup } from 'xstate';
import { VirtualClock } from '../../../src/testing/clock/virtual-clock.ts';
import { component, input } from './hosts.ts';

/** What the compiler says of the public types; the type check of the project is what fails. */
describe('types', () => {
  it('of the balancer as actor logic are ours, and none is any', () => {
    type Logic = typeof balancerLogic;
    expectTypeOf<InputFrom<Logic>>().toEqualTypeOf<BalancerInput>();
    expectTypeOf<OutputFrom<Logic>>().toEqualTypeOf<BalancerOutput>();
    expectTypeOf<EmittedFrom<Logic>>().toEqualTypeOf<Fact>();
    expectTypeOf<ActorRefFrom<Logic>>().toExtend<BalancerRef>();
    expectTypeOf<BalancerRef>().toExtend<ActorRefFrom<Logic>>();
    expectTypeOf<Parameters<BalancerRef['send']>[0]>().toEqualTypeOf<BalancerCommand>();
    expectTypeOf<ReturnType<BalancerRef['getSnapshot']>['value']>().toEqualTypeOf<BalancerState>();
    expectTypeOf<OutputFrom<Logic>>().not.toBeAny();
    expectTypeOf<EmittedFrom<Logic>>().not.toBeAny();
  });

  it('flow into a host machine', () => {
    const host = setup({ actors: { balancer: balancerLogic, request: balanced<number, string>('balancer') } });
    host.createMachine({
      invoke: [
        {
          src: 'balancer',
          input: input(),
          onDone: { actions: ({ event }) => expectTypeOf(event.output).toEqualTypeOf<BalancerOutput>() },
          onError: { actions: ({ event }) => expectTypeOf(event.error).toBeUnknown() },
        },
        {
          src: 'request',
          input: { type: 'GENERAL', payload: 'text' },
          onDone: { actions: ({ event }) => expectTypeOf(event.output).toEqualTypeOf<number>() },
        },
      ],
    });
    host.createMachine({
      // @ts-expect-error a balancer needs components
      invoke: { src: 'balancer', input: { algorithm: 'adaptive' } },
    });
    host.createMachine({
      // @ts-expect-error the payload of this request is text
      invoke: { src: 'request', input: { type: 'GENERAL', payload: 5 } },
    });
    expectTypeOf<InputFrom<ReturnType<typeof balanced>>>().toEqualTypeOf<WorkloadRequest<unknown>>();
  });

  it('of results and streams need no guards of the user’s own', async () => {
    const clock = new VirtualClock();
    const balancer = await LoadBalancer.start({ ...input({ components: [component('a')] }), clock, statePath: null });
    const result = balancer.execute<number>({ type: 'GENERAL', payload: 5 });
    expectTypeOf(result).resolves.toEqualTypeOf<number>();
    expectTypeOf(balancer.execute({ type: 'GENERAL' })).resolves.toBeUnknown();
    const names: string[] = [];
    balancer.events$.pipe(filter((fact) => fact.type === 'request.completed')).subscribe((fact) => {
      expectTypeOf(fact).toEqualTypeOf<FactOfType<'request.completed'>>();
      names.push(fact.type);
    });
    balancer.on('queue.highWater', (fact) => expectTypeOf(fact).toEqualTypeOf<FactOfType<'queue.highWater'>>());
    expectTypeOf(balancer.alerts$).toEqualTypeOf<Observable<FactOfType<'alert.raised'>>>();
    expectTypeOf(balancer.status$('a')).toEqualTypeOf<Observable<ComponentStatus>>();
    expectTypeOf(balancer.metrics$(10)).toEqualTypeOf<Observable<BalancerMetrics>>();
    expectTypeOf(balancer.actor).not.toBeAny();
    await clock.advance(10);
    expect([await result, names]).toEqual([5, ['request.completed', 'request.completed']]);
  });

  it('tell facts apart, and commands from nonsense', () => {
    const actor = createActor(balancerLogic, { input: input({ components: [component('a')] }), systemId: 'balancer' });
    const ref = balancerOf(actor.system, 'balancer');
    ref.on('component.statusChanged', (fact) => {
      expectTypeOf(fact).toExtend<FactOfType<'component.statusChanged'>>();
    });
    ref.on('*', (fact) => expectTypeOf(fact).toEqualTypeOf<Fact>());
    // @ts-expect-error there is no such fact
    ref.on('component.vanished', () => undefined);
    // @ts-expect-error there is no such command
    const nonsense: BalancerCommand = { type: 'component.juggle', componentId: 'a' };
    // @ts-expect-error which component?
    const nobody: BalancerCommand = { type: 'component.drain' };
    expect([nonsense.type, nobody.type]).toHaveLength(2);
  });
});
