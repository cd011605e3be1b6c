import type { Observer, Subscription } from 'rxjs';
// the same classes as of 'rxjs', without the two hundred operators, which take as long to load as all the rest
import { Observable } from 'rxjs/internal/Observable';
import { Subscriber } from 'rxjs/internal/Subscriber';
import type { ComponentStatus } from '../domain/component.ts';
import { InvalidConfigError } from '../domain/errors.ts';
import type { Fact, FactOfType, FactType } from '../domain/events.ts';
import type { BalancerMetrics } from '../domain/metrics.ts';
import { formatValue } from '../domain/request.ts';
import type { EngineView } from '../engine/engine-view.ts';
import { metricsOf } from '../engine/reporting/metrics.ts';

type Next<T> = ((value: T) => void) | null | undefined;

/**
 * An observable whose direct subscribers may throw: that is logged, and they hear the next value all the same. RxJS would
 * throw it into the process. What is piped behind operators follows RxJS's rules.
 */
class SafeObservable<T> extends Observable<T> {
  private readonly state: EngineView;

  constructor(state: EngineView, subscribe: (subscriber: Subscriber<T>) => () => void) {
    super(subscribe);
    this.state = state;
  }

  override subscribe(
    observer?: Partial<Observer<T>> | Next<T>,
    error?: Next<unknown>,
    done?: Next<void>,
  ): Subscription {
    // an operator's own subscriber hands errors on to whoever is behind it
    if (observer instanceof Subscriber) return super.subscribe(observer);
    const given: Partial<Observer<T>> =
      typeof observer === 'object' && observer !== null
        ? observer
        : { next: observer ?? undefined, error: error ?? undefined, complete: done ?? undefined };
    const guard = <A extends unknown[]>(call: (...args: A) => unknown): ((...args: A) => void) =>
      this.state.events.guard(call, 'a subscriber threw');
    return super.subscribe({
      next: guard((value: T) => given.next?.(value)),
      error: guard((cause: unknown) => given.error?.(cause)),
      complete: guard(() => given.complete?.()),
    });
  }
}

/** The facts of a type (`'*'`: all); completes behind the last one when the balancer has stopped. */
export function factStream<T extends FactType>(state: EngineView, type: T): Observable<FactOfType<T>>;
export function factStream(state: EngineView, type: '*'): Observable<Fact>;
export function factStream(state: EngineView, type: FactType | '*'): Observable<Fact> {
  return new SafeObservable<Fact>(state, (subscriber) => {
    const off = state.events.listen(type, (fact: Fact) => subscriber.next(fact));
    const stay = state.waiters.whenStopped(() => subscriber.complete());
    return () => {
      off();
      stay();
    };
  });
}

/** The status of a component, beginning with the present one; completes when the component or the balancer is gone. */
export function statusStream(state: EngineView, componentId: string): Observable<ComponentStatus> {
  return new SafeObservable<ComponentStatus>(state, (subscriber) => {
    const record = state.fleet.records[state.fleet.components.indexOf(componentId)];
    if (record !== undefined) subscriber.next(record.status);
    const off = [
      state.events.listen('component.statusChanged', (fact) => {
        if (fact.componentId === componentId) subscriber.next(fact.to);
      }),
      state.events.listen('component.deregistered', (fact) => {
        if (fact.componentId === componentId) subscriber.complete();
      }),
      state.waiters.whenStopped(() => subscriber.complete()),
    ];
    return () => {
      for (const end of off) end();
    };
  });
}

/**
 * Metrics now and then every so many ms of the balancer's clock; completes when the balancer stops.
 * @throws InvalidConfigError
 */
export function metricsStream(state: EngineView, everyMs: number): Observable<BalancerMetrics> {
  if (!(everyMs > 0 && everyMs < Number.POSITIVE_INFINITY)) {
    throw new InvalidConfigError(`Invalid period: metrics$: expected ms above 0 (given: ${formatValue(everyMs)}).`, {
      value: everyMs,
    });
  }
  return new SafeObservable<BalancerMetrics>(state, (subscriber) => {
    let timer: unknown;
    const tick = (): void => {
      subscriber.next(metricsOf(state));
      if (!subscriber.closed) timer = state.clock.setTimeout(tick, everyMs);
    };
    const stay = state.waiters.whenStopped(() => subscriber.complete());
    tick();
    return () => {
      stay();
      state.clock.clearTimeout(timer);
    };
  });
}
