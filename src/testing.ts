export { type ChaosConfig, type ChaosReport, chaos } from './testing/chaos/chaos.ts';
export { mockableClock } from './testing/clock/mockable-clock.ts';
export { VirtualClock, type VirtualClockOptions } from './testing/clock/virtual-clock.ts';
export {
  blackHole,
  type FaultWindow,
  flappingComponent,
  hangingComponent,
  slowComponent,
} from './testing/faults/faulty-components.ts';
export { type FaultyHandlerOptions, faultyHandler } from './testing/faults/faulty-handler.ts';
export { failoverModel } from './testing/model/failover-model.ts';
export { failoverTests, type TestFunction } from './testing/model/failover-tests.ts';
export { FailoverMismatchError } from './testing/model/mismatch.ts';
export {
  type FailoverPathsOptions,
  type FailoverReport,
  runFailoverPaths,
} from './testing/model/run-failover-paths.ts';
export type { CreateSystem } from './testing/model/test-system.ts';
export type { RequestFor } from './testing/model/test-traffic.ts';
export { type SeededRandom, seededRandom } from './testing/seeded-random.ts';
export type { ScenarioInput } from './testing/simulator/scenario.ts';
export { type SimulateOptions, type SimulationReport, simulate } from './testing/simulator/simulate.ts';
