export {
  blackHole,
  type FaultWindow,
  flappingComponent,
  hangingComponent,
  slowComponent,
} from '../faults/faulty-components.ts';
export { type FaultyHandlerOptions, faultyHandler } from '../faults/faulty-handler.ts';
export { type ChaosConfig, type ChaosReport, chaos, runSchedule } from './chaos.ts';
export { CHAOS_FAULTS, type ChaosFault, randomSchedule } from './generate.ts';
export type { ChaosOptions } from './run.ts';
export type {
  Behaviour,
  ChaosAction,
  ChaosSchedule,
  ChaosStep,
  CheckMode,
  ComponentMode,
  PlannedComponent,
  PlannedRequest,
} from './schedule.ts';
export { shrinkSchedule } from './shrink.ts';
export type { Violation } from './violations.ts';
