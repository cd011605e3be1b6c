export { VirtualClock, type VirtualClockOptions } from '../runtime/virtual-clock.ts';
export { type SeededRandom, seededRandom } from './seeded-random.ts';
export type { ComparisonRow, Figures } from './simulator/comparison.ts';
export type { SimulatedAlgorithm } from './simulator/engine.ts';
export type { ReadFile } from './simulator/plan.ts';
export type { ComponentTally, RunResult, Tally, TimelinePoint } from './simulator/result.ts';
export { type Scenario, type ScenarioInput, scenarioSchema } from './simulator/scenario.ts';
export { type Progress, type SimulateOptions, type SimulationReport, simulate } from './simulator/simulate.ts';
export type { DurationSummary, Estimate } from './simulator/statistics.ts';
