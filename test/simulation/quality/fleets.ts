import { MAYARBI } from '../../../src/presets/mayarbi.ts';
import type { ScenarioInput } from '../../../src/testing/simulator/scenario.ts';

type Component = ScenarioInput['components'][number];

/** Speed of a component of weight 1.9, the mean of the preset's. */
const UNIT_WEIGHT = 1.9;

const preset = Object.values(MAYARBI);

/** The seven capacities of MayArbi; speed = weight / 1.9; any component serves any type. Σ capacity · speed = 125.5. */
export const sevenOpen: readonly Component[] = preset.map(({ id, maxConcurrentTasks = 10, weight = 1 }) => ({
  id,
  capacity: maxConcurrentTasks,
  weight,
  speed: weight / UNIT_WEIGHT,
}));

/** The same with their routes, as in the preset. */
export const sevenRouted: readonly Component[] = preset.map(
  ({ id, maxConcurrentTasks = 10, weight = 1, priority, priorityMultiplier, serves }) => ({
    id,
    capacity: maxConcurrentTasks,
    weight,
    speed: weight / UNIT_WEIGHT,
    priority,
    priorityMultiplier,
    serves: serves === undefined ? undefined : [...serves],
  }),
);

/** 115 equal slots on seven components. */
export const sevenEqual: readonly Component[] = preset.map(({ id, maxConcurrentTasks = 10 }) => ({
  id,
  capacity: maxConcurrentTasks,
  weight: 1,
  speed: 1,
}));

/** Work of each type in slots of speed 1 that are busy at load 0.7 of the routed fleet. */
const DEMAND: Readonly<Record<string, number>> = {
  ARBITRAGE_OPPORTUNITY: 18,
  MEV_DETECTION: 12,
  BRIDGE_MONITORING: 10,
  PRICE_UPDATE: 20,
  MEMORY_OPERATION: 14,
  HEALTH_CHECK: 2,
  GENERAL: 7.4,
  WALLET_OPERATION: 4.4,
};

/** All eight types, so that each route is at about 0.7 when the fleet is. */
export const routedMix: NonNullable<ScenarioInput['requests']> = Object.entries(DEMAND).map(([type, share]) => ({
  type,
  share,
  deadlineMs: 2_000,
}));
