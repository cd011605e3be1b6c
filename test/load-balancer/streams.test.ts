import { filter, firstValueFrom, map, type Observable, Subject, take, toArray } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { stateOrThrow } from '../../machines/embed/balancer-ref.ts';
import {
  type BalancerMetrics,
  type ComponentSpec,
  type ComponentStatus,
  type Fact,
  type FactOfType,
  InvalidConfigError,
  LoadBalancer,
} from '../../src/index.ts';
import { seededRandom, VirtualClock } from '../../src/testing.ts';

const working = (id: string, ms = 10): ComponentSpec => ({
  id,
  handler: (_, { clock }) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms)),
});

async function start(components: readonly ComponentSpec[] = [working('a'), working('b')]) {
  const clock = new VirtualClock();
  const config = { components, clock, random: seededRandom(1), statePath: null, logger: false } as const;
  const balancer = await LoadBalancer.start(config);
  return { balancer, clock, state: stateOrThrow(balancer.actor) };
}

/** Collects what a stream gives, and how it ended. */
class Record<T> {
  readonly values: T[] = [];
  completed = 0;
  readonly next = (value: T): void => {
    this.values.push(value);
  };
  readonly complete = (): void => {
    this.completed++;
  };
}

describe('events$', () => {
  it('gives every fact in order, and completes behind the last one', async () => {
    const { balancer, clock } = await start();
    const record = new Record<Fact>();
    balancer.events$.subscribe(record);
    const result = balancer.execute({ type: 'GENERAL' });
    await clock.advance(10);
    await result;
    const pending = balancer.execute({ type: 'GENERAL' }).catch(() => undefined);
    const stopped = balancer.stop({ drain: false });
    await clock.advance(0);
    await Promise.all([pending, stopped]);
    expect(record.values.map(({ type }) => type)).toEqual([
      'request.accepted',
      'request.assigned',
      'request.completed',
      'request.accepted',
      'request.assigned',
      'request.cancelled',
    ]);
    expect(record.completed).toBe(1);
  });

  it('is made for operators, and its facts are told apart by their type', async () => {
    const { balancer, clock } = await start();
    const isCompleted = (fact: Fact): fact is FactOfType<'request.completed'> => fact.type === 'request.completed';
    const ids = balancer.events$.pipe(
      filter(isCompleted),
      map(({ requestId }) => requestId),
      take(2),
      toArray(),
    );
    expectTypeOf(ids).toExtend<{ subscribe(next: (ids: string[]) => void): unknown }>();
    const first = firstValueFrom(ids);
    for (const id of ['r1', 'r2', 'r3']) balancer.submitRequest({ id, type: 'GENERAL' });
    await clock.advance(10);
    expect(await first).toEqual(['r1', 'r2']);
  });

  it('feeds a subject as it does an observer', async () => {
    const { balancer, clock } = await start();
    const subject = new Subject<Fact>();
    const record = new Record<Fact>();
    subject.subscribe(record);
    balancer.events$.subscribe(subject);
    balancer.submitRequest({ type: 'GENERAL' });
    await clock.advance(10);
    expect(record.values).toHaveLength(3);
  });

  it('costs nothing while nobody subscribes, and nothing any more when nobody does', async () => {
    const { balancer, state } = await start();
    const wanted = (): boolean[] => [
      state.events.isObserved('request.completed'),
      state.events.isObserved('alert.raised'),
    ];
    expect(wanted()).toEqual([false, false]);
    const subscriptions = [balancer.events$.subscribe(), balancer.events$.subscribe(), balancer.alerts$.subscribe()];
    expect(wanted()).toEqual([true, true]);
    subscriptions[0]?.unsubscribe();
    subscriptions[1]?.unsubscribe();
    expect(wanted()).toEqual([false, true]);
    subscriptions[2]?.unsubscribe();
    expect(wanted()).toEqual([false, false]);
  });

  it('completes at once for a balancer that has stopped', async () => {
    const { balancer, clock } = await start();
    const stopped = balancer.stop();
    await clock.advance(0);
    await stopped;
    const streams: Observable<unknown>[] = [
      balancer.events$,
      balancer.alerts$,
      balancer.status$('a'),
      balancer.metrics$(10),
    ];
    for (const stream of streams) {
      const record = new Record<unknown>();
      stream.subscribe(record);
      await clock.advance(100);
      expect(record.completed).toBe(1);
    }
    expect(clock.pending).toBe(0);
  });

  it('may be unsubscribed, and the balancer stopped, from inside', async () => {
    const { balancer, clock } = await start();
    const seen: string[] = [];
    const subscription = balancer.events$.subscribe(({ type }) => {
      seen.push(type);
      subscription.unsubscribe();
      balancer.stop({ drain: false }).catch(() => undefined);
    });
    const result = balancer.execute({ type: 'GENERAL' }).catch((error: unknown) => error);
    await clock.advance(0);
    expect(seen).toEqual(['request.accepted']);
    expect(await result).toMatchObject({ code: 'REQUEST_CANCELLED' });
  });
});

describe('alerts$', () => {
  it('gives the alerts, and nothing else', async () => {
    const { balancer, clock } = await start();
    const record = new Record<FactOfType<'alert.raised'>>();
    balancer.alerts$.subscribe(record);
    balancer.submitRequest({ type: 'GENERAL' });
    balancer.fail('a', 'pulled the plug');
    await clock.advance(0);
    expect(record.values).toMatchObject([{ type: 'alert.raised', kind: 'componentFailed', componentId: 'a' }]);
  });
});

describe('status$', () => {
  it('begins with the present status and follows it until the component leaves', async () => {
    const { balancer, clock } = await start();
    const record = new Record<ComponentStatus>();
    balancer.status$('a').subscribe(record);
    expect(record.values).toEqual(['Available']);
    balancer.drain('b');
    balancer.drain('a');
    await clock.advance(0);
    balancer.resume('a');
    await clock.advance(0);
    const late = new Record<ComponentStatus>();
    balancer.drain('a');
    balancer.status$('a').subscribe(late);
    await clock.advance(0);
    expect(record.values).toEqual(['Available', 'Maintenance', 'Available', 'Maintenance']);
    expect(late.values[0]).toBe('Maintenance');
    balancer.deregister('a');
    await clock.advance(0);
    expect([record.completed, late.completed]).toEqual([1, 1]);
  });

  it('waits for a component that is not there yet', async () => {
    const { balancer, clock } = await start();
    const record = new Record<ComponentStatus>();
    balancer.status$('c').subscribe(record);
    balancer.register(working('c'));
    balancer.fail('c');
    await clock.advance(0);
    expect(record.values).toEqual(['Failed']);
    const stopped = balancer.stop();
    await clock.advance(0);
    await stopped;
    expect(record.completed).toBe(1);
  });
});

describe('metrics$', () => {
  it('begins with the present metrics and gives new ones after each period, on the balancer’s clock', async () => {
    const { balancer, clock } = await start();
    const record = new Record<BalancerMetrics>();
    balancer.metrics$(100).subscribe(record);
    balancer.submitRequest({ type: 'GENERAL' });
    await clock.advance(250);
    expect(record.values.map(({ at, requests }) => [at, requests.submitted])).toEqual([
      [0, 0],
      [100, 1],
      [200, 1],
    ]);
    const stopped = balancer.stop();
    await clock.advance(500);
    await stopped;
    expect(record.values).toHaveLength(3);
    expect(record.completed).toBe(1);
  });

  it('sets no timer that outlives its subscription', async () => {
    const { balancer, clock } = await start();
    const before = clock.pending;
    const subscription = balancer.metrics$(100).subscribe();
    balancer.metrics$(100).pipe(take(1)).subscribe();
    expect(clock.pending).toBe(before + 1);
    subscription.unsubscribe();
    expect(clock.pending).toBe(before);
  });

  it('refuses a period that is none', async () => {
    const { balancer } = await start();
    for (const period of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => balancer.metrics$(period)).toThrow(InvalidConfigError);
    }
  });
});
