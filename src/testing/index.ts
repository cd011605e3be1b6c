export { VirtualClock, type VirtualClockOptions } from '../runtime/virtual-clock.ts';
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
} from './chaos/index.ts';
export type { CoverageReport } from './model/coverage.ts';
export {
  type FailoverModel,
  type FailoverModelOptions,
  type FailoverPath,
  type FailoverStep,
  failoverModel,
} from './model/failover-model.ts';
export { failoverTests, type TestFunction } from './model/failover-tests.ts';
export { FailoverMismatchError, type MismatchDetail } from './model/mismatch.ts';
export type { CreateSystem, SystemPorts } from './model/rig.ts';
export { type BalancerPathsOptions, type BalancerReport, runBalancerPaths } from './model/run-balancer-paths.ts';
export { type FailoverPathsOptions, type FailoverReport, runFailoverPaths } from './model/run-failover-paths.ts';
export type { RequestFor } from './model/traffic.ts';
export { type DeclaredTransition, declaredTransitions } from './model/transitions.ts';
export type { Cover, WalkOptions } from './model/walk.ts';
export { type SeededRandom, seededRandom } from './seeded-random.ts';
export type { ComparisonRow, Figures } from './simulator/comparison.ts';
export type { SimulatedAlgorithm } from './simulator/engine.ts';
export type { ReadFile } from './simulator/plan.ts';
export type { ComponentTally, RunResult, Tally, TimelinePoint } from './simulator/result.ts';
export { type Scenario, type ScenarioInput, scenarioSchema } from './simulator/scenario.ts';
export { type Progress, type SimulateOptions, type SimulationReport, simulate } from './simulator/simulate.ts';
export type { DurationSummary, Estimate } from './simulator/statistics.ts';
