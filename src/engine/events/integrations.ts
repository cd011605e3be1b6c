import type { BalancerLink } from '../../domain/ports.ts';
import { show } from '../../domain/request.ts';
import type { Books } from '../state.ts';

/** Connects the four managers of a host: they hear facts and tell back by the same commands that anybody may send. */
export function connectIntegrations(books: Books): void {
  const { integrations, subscriber } = books.input;
  if (subscriber !== undefined) books.facts.subscribe(subscriber, undefined);
  if (integrations === undefined) return;
  const { health, performance, errors, resources } = integrations;
  const link: BalancerLink = {
    reportHealth: (componentId, healthy, reason) =>
      books.send({ type: 'component.reportHealth', componentId, healthy, reason }),
    reportUsage: (componentId, usage) => books.send({ type: 'component.reportUsage', componentId, usage }),
    reportResponseTime: (componentId, ms, ok) => hearResponseTime(books, componentId, ms, ok),
    updateLimits: (componentId, limits) => books.send({ type: 'component.update', componentId, limits }),
  };
  if (health !== undefined) books.facts.listen('component.statusChanged', (fact) => health.statusChanged?.(fact));
  if (performance !== undefined) books.facts.listen('metrics.sampled', (fact) => performance.metricsSampled?.(fact));
  if (errors !== undefined) books.facts.listen('error.reported', (fact) => errors.errorReported?.(fact));
  if (resources !== undefined)
    books.facts.listen('scaling.recommended', (fact) => resources.scalingRecommended?.(fact));
  for (const manager of [health, performance, errors, resources]) {
    if (manager?.attach !== undefined) books.facts.defer({ run: () => manager.attach?.(link) });
  }
}

/** Response times of other work count for the component like its own, without a type to compare them with. */
function hearResponseTime(books: Books, componentId: string, ms: number, ok: boolean): void {
  const index = books.components.indexOf(componentId);
  if (index < 0 || !Number.isFinite(ms) || ms < 0) {
    books.log('warn', { componentId: show(componentId), ms }, 'plimsoll: ignored a response time');
    return;
  }
  books.performance.finishedOne(index, books.now(), ms, -1, ok);
}
