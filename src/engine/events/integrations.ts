import type { BalancerLink } from '../../domain/ports.ts';
import { formatValue } from '../../domain/request.ts';
import type { EngineState } from '../state.ts';

/** Connects the four managers of a host: they hear facts and tell back by the same commands that anybody may send. */
export function connectIntegrations(state: EngineState): void {
  const { integrations, subscriber } = state.options;
  if (subscriber !== undefined) state.events.subscribe(subscriber, undefined);
  if (integrations === undefined) return;
  const { health, performance, errors, resources } = integrations;
  const link: BalancerLink = {
    reportHealth: (componentId, healthy, reason) =>
      state.mailbox.send({ type: 'component.reportHealth', componentId, healthy, reason }),
    reportUsage: (componentId, usage) => state.mailbox.send({ type: 'component.reportUsage', componentId, usage }),
    reportResponseTime: (componentId, ms, ok) => hearResponseTime(state, componentId, ms, ok),
    updateLimits: (componentId, limits) => state.mailbox.send({ type: 'component.update', componentId, limits }),
  };
  if (health !== undefined) state.events.listen('component.statusChanged', (fact) => health.statusChanged?.(fact));
  if (performance !== undefined) state.events.listen('metrics.sampled', (fact) => performance.metricsSampled?.(fact));
  if (errors !== undefined) state.events.listen('error.reported', (fact) => errors.errorReported?.(fact));
  if (resources !== undefined)
    state.events.listen('scaling.recommended', (fact) => resources.scalingRecommended?.(fact));
  for (const manager of [health, performance, errors, resources]) {
    if (manager?.attach !== undefined) state.events.enqueue({ run: () => manager.attach?.(link) });
  }
}

/** Response times of other work count for the component like its own, without a type to compare them with. */
function hearResponseTime(state: EngineState, componentId: string, ms: number, ok: boolean): void {
  const index = state.fleet.components.indexOf(componentId);
  if (index < 0 || !Number.isFinite(ms) || ms < 0) {
    state.diagnostics.log('warn', { componentId: formatValue(componentId), ms }, 'plimsoll: ignored a response time');
    return;
  }
  state.fleet.performance.recordExecution(index, state.scheduler.now(), ms, -1, ok);
}
