import type { LoadAlert } from '../../src/engine/control/monitor-messages.ts';
import type { ComponentTable } from '../../src/fleet/component-table.ts';
import { ServingState } from '../../src/fleet/component-table.ts';
import { type MonitorInput, periodicMachine } from './periodic.machine.ts';

export interface LoadMonitorInput extends MonitorInput {
  readonly components: ComponentTable;
}

/** Every 5 s (loadMonitorIntervalMs): looks at the load of each component and reports the alerts it calls for. */
export const loadMonitorMachine = periodicMachine<LoadMonitorInput>(
  'load-monitor',
  (settings) => settings.loadMonitorIntervalMs,
  ({ components, settings }) => ({ type: 'load.sampled', alerts: loadAlerts(components, settings()) }),
);

/** One alert per component over a threshold, the worse of the two. */
export function loadAlerts(
  components: ComponentTable,
  at: { readonly highLoadThreshold: number; readonly overloadThreshold: number },
): LoadAlert[] {
  const alerts: LoadAlert[] = [];
  for (let i = 0; i < components.high; i++) {
    if (components.servingState[i] !== ServingState.operational) continue;
    const load = components.taken[i]! / components.capacity[i]!;
    if (load < at.highLoadThreshold) continue;
    const componentId = components.ids[i]!;
    const message = `Component ${componentId} works at ${Math.round(load * 100)} % of its slots.`;
    alerts.push(
      load >= at.overloadThreshold
        ? { kind: 'overload', severity: 'ERROR', componentId, message }
        : { kind: 'highLoad', severity: 'WARNING', componentId, message },
    );
  }
  return alerts;
}
