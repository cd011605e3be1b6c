import { Observable } from 'rxjs';
import type { ActorRefFrom } from 'xstate';
import type { Books } from '../../machines/balancer/books.ts';
import { metricsOf } from '../../machines/balancer/metrics.ts';
import type { ComponentStatus } from '../domain/component.ts';
import type { Fact } from '../domain/events.ts';
import type { BalancerMetrics } from '../domain/metrics.ts';
import type { BalancerLogic } from './machines.ts';

/** The status of a component, beginning with the present one; completes when the component or the balancer is gone. */
export function statusStream(books: Books, facts: Observable<Fact>, componentId: string): Observable<ComponentStatus> {
  return new Observable<ComponentStatus>((subscriber) => {
    const entry = books.entries[books.components.indexOf(componentId)];
    if (entry !== undefined) subscriber.next(entry.status);
    return facts.subscribe({
      next(fact) {
        if (fact.type === 'component.statusChanged' && fact.componentId === componentId) subscriber.next(fact.to);
        if (fact.type === 'component.deregistered' && fact.componentId === componentId) subscriber.complete();
      },
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
  });
}

/** Metrics now and then every so many ms of the balancer's clock; completes when the balancer stops. */
export function metricsStream(
  books: Books,
  actor: ActorRefFrom<BalancerLogic>,
  everyMs: number,
): Observable<BalancerMetrics> {
  return new Observable<BalancerMetrics>((subscriber) => {
    let timer: unknown;
    const tick = (): void => {
      subscriber.next(metricsOf(books));
      timer = books.clock.setTimeout(tick, everyMs);
    };
    const subscription = actor.subscribe({ error: () => subscriber.complete(), complete: () => subscriber.complete() });
    tick();
    return () => {
      subscription.unsubscribe();
      books.clock.clearTimeout(timer);
    };
  });
}
