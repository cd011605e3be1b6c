import type { Optimizer } from '../../src/engine/control/optimizer.ts';
import { type MonitorInput, periodicMachine } from './periodic.machine.ts';

export interface OptimizerInput extends MonitorInput {
  readonly advisor: Optimizer;
}

/** Every 60 s (optimizationIntervalMs): adjusts weights, forecasts the load, recommends scaling. */
export const optimizerMachine = periodicMachine<OptimizerInput>(
  'optimizer',
  (settings) => settings.optimizationIntervalMs,
  ({ advisor: optimizer }) => ({ type: 'optimizer.advised', advice: optimizer.cycle() }),
);
