export {
  type Behaviour,
  blackHole,
  CHAOS_FAULTS,
  type ChaosAction,
  type ChaosConfig,
  type ChaosFault,
  type ChaosOptions,
  type ChaosReport,
  type ChaosSchedule,
  type ChaosStep,
  type CheckMode,
  type ComponentMode,
  chaos,
  type FaultWindow,
  type FaultyHandlerOptions,
  faultyHandler,
  flappingComponent,
  hangingComponent,
  type PlannedComponent,
  type PlannedRequest,
  randomSchedule,
  runSchedule,
  shrinkSchedule,
  slowComponent,
  type Violation,
} from './testing/chaos/index.ts';
export { VirtualClock, type VirtualClockOptions } from './testing/clock/virtual-clock.ts';
export type { CoverageReport } from './testing/model/coverage.ts';
export {
  type FailoverModel,
  type FailoverModelOptions,
  type FailoverPath,
  type FailoverStep,
  failoverModel,
} from './testing/model/failover-model.ts';
export { failoverTests, type TestFunction } from './testing/model/failover-tests.ts';
export { FailoverMismatchError, type MismatchDetail } from './testing/model/mismatch.ts';
export type { Cover, WalkOptions } from './testing/model/path-walk.ts';
export {
  type BalancerPathsOptions,
  type BalancerReport,
  runBalancerPaths,
} from './testing/model/run-balancer-paths.ts';
export {
  type FailoverPathsOptions,
  type FailoverReport,
  runFailoverPaths,
} from './testing/model/run-failover-paths.ts';
export type { CreateSystem, SystemPorts } from './testing/model/test-system.ts';
export type { RequestFor } from './testing/model/test-traffic.ts';
export { type DeclaredTransition, declaredTransitions } from './testing/model/transitions.ts';
export { type SeededRandom, seededRandom } from './testing/seeded-random.ts';
export type { ComparisonRow, Figures } from './testing/simulator/comparison.ts';
export type { SimulatedAlgorithm } from './testing/simulator/engine.ts';
export type { ReadFile } from './testing/simulator/plan.ts';
export type { ComponentTally, RunResult, Tally, TimelinePoint } from './testing/simulator/result.ts';
export { type Scenario, type ScenarioInput, scenarioSchema } from './testing/simulator/scenario.ts';
export { type Progress, type SimulateOptions, type SimulationReport, simulate } from './testing/simulator/simulate.ts';
export type { DurationSummary, Estimate } from './testing/simulator/statistics.ts';
