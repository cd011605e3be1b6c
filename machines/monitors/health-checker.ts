import { type MonitorInput, periodicMachine } from './periodic.machine.ts';

/** Every 10 s (healthCheckIntervalMs): asks the balancer to run the `check` of each operational component that has one. */
export const healthCheckerMachine = periodicMachine<MonitorInput>(
  'health-checker',
  (settings) => settings.healthCheckIntervalMs,
  () => ({ type: 'health.roundDue' }),
);
