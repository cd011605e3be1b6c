import { conservationError } from '../../domain/outcome.ts';
import { countsOf } from '../../engine/reporting/metrics.ts';
import type { Complain } from './component-driver.ts';
import { type ComponentModelState, stateName } from './component-events.ts';
import type { TestSystem } from './test-system.ts';
import type { Traffic } from './test-traffic.ts';

const STATUS_OF: Readonly<Record<string, string>> = {
  'operational.available': 'Available',
  'operational.busy': 'Busy',
  'operational.overloaded': 'Overloaded',
  'operational.resting': 'Overloaded',
  'operational.reopening': 'Overloaded',
  'maintenance.draining': 'Maintenance',
  'maintenance.drained': 'Maintenance',
  'failed.isolated': 'Failed',
  'failed.probing': 'Failed',
};

/** What the balancer has told about the component under test. */
export class Told {
  failovers = 0;
  completed = 0;
  rerouted = 0;
  awaited = 0;
  refused = 0;

  constructor(system: TestSystem, id: string) {
    system.balancer.on('failover.started', (fact) => {
      if (fact.componentId !== id) return;
      this.failovers++;
      this.rerouted += fact.rerouted;
      this.awaited += fact.awaiting;
      system.diary.tell(
        'balancer',
        'observer',
        `failover of ${id}: ${fact.rerouted} rerouted, ${fact.awaiting} awaited`,
      );
    });
    system.balancer.on('failover.completed', ({ componentId }) => {
      if (componentId === id) this.completed++;
    });
    system.balancer.on('command.refused', ({ componentId }) => {
      if (componentId === id) this.refused++;
    });
  }
}

/** Compares the real system with the model after a step: states, routing, conservation, settlement. */
export function compare(
  system: TestSystem,
  id: string,
  traffic: Traffic,
  told: Told,
  modelState: ComponentModelState,
  complain: Complain,
): void {
  const { state } = system;
  const record = system.entry(id);
  const { context: model } = modelState;
  const same = (what: string, real: unknown, expected: unknown): void => {
    if (JSON.stringify(real) !== JSON.stringify(expected))
      complain(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(real)}`);
  };
  const snapshot = record.actor?.getSnapshot();
  same('the state', snapshot !== undefined && 'value' in snapshot ? snapshot.value : 'no actor', modelState.value);
  const real: unknown = snapshot !== undefined && 'context' in snapshot ? snapshot.context : {};
  const fact = (name: string): unknown => Reflect.get(Object(real), name);
  same('failures in a row', fact('failures'), model.k);
  same('good probes', fact('goodProbes'), model.goodProbes);
  same('requires probes', fact('requiresProbes'), model.requiresProbes);
  same('slots taken', state.fleet.components.taken[record.index], model.taken);
  if (modelState.matches('failed')) same('ejected', state.fleet.components.ejected[record.index] === 1, model.ejected);
  const name = stateName(modelState);
  const capacity = system.balancer.getComponentCapacity(id);
  same('the state shown', capacity?.state, name);
  same('the status shown', capacity?.status, STATUS_OF[name]);
  same('failovers told', told.failovers, model.failovers);
  same('requests re-routed', told.rerouted, model.rerouted);
  same('requests awaited', told.awaited, model.awaited);
  same('commands refused', told.refused, model.refused);
  compareSettlements(system, traffic, complain);
}

export function compareSettlements(system: TestSystem, traffic: Traffic, complain: Complain): void {
  const error = conservationError(countsOf(system.state));
  if (error !== 0) complain(`conservation: ${error} requests are neither open nor settled`);
  for (const sent of traffic.all.values()) {
    if (sent.outcome !== sent.expected) {
      const why = sent.error instanceof Error ? ` (${sent.error.message})` : '';
      complain(`${sent.id} should be ${sent.expected ?? 'open'}, and is ${sent.outcome ?? 'open'}${why}`);
    }
    const times = sent.expected === undefined ? 0 : 1;
    if (sent.settlements !== times) complain(`${sent.id} settled ${sent.settlements} times instead of ${times}`);
    if (sent.expected !== undefined && sent.outcome === sent.expected) traffic.end(sent);
  }
}

/** Once the balancer has stopped: nothing is open, and each request was answered and told of once. */
export function compareAtEnd(system: TestSystem, traffic: Traffic, told: Told, complain: Complain): void {
  compareSettlements(system, traffic, complain);
  for (const { id, settlements, facts } of traffic.ended)
    if (settlements !== 1 || facts !== 1) complain(`${id} settled ${settlements} times and was told of ${facts} times`);
  const { open } = system.state.requests.jobs;
  if (open !== 0) complain(`${open} requests are open after the stop`);
  if (system.state.scheduler.wheel.size !== 0)
    complain(`${system.state.scheduler.wheel.size} timers are left after the stop`);
  if (told.completed !== told.failovers)
    complain(`${told.failovers} failovers began, ${told.completed} came to an end`);
}
