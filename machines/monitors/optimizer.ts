import type { Advisor } from '../../src/engine/control/optimizer.ts';
import { type MonitorInput, periodicMachine } from './periodic.machine.ts';

export interface OptimizerInput extends MonitorInput {
  readonly advisor: Advisor;
}

/** Every 60 s (optimizationIntervalMs): adjusts weights, forecasts the load, recommends scaling. */
export const optimizerMachine = periodicMachine<OptimizerInput>(
  'optimizer',
  (settings) => settings.optimizationIntervalMs,
  ({ advisor }) => ({ type: 'optimizer.advised', advice: advisor.cycle() }),
);
