import { ALGORITHMS } from '../../domain/algorithm.ts';
import { PRIORITIES } from '../../domain/priority.ts';
import type { BalancerSettings, ConfigChanges } from '../../domain/settings.ts';
import type { RandomChoice } from './random-choice.ts';
import type { Behaviour, PlannedComponent, PlannedRequest } from './schedule.ts';

export function fleet(dice: RandomChoice, types: readonly string[]): PlannedComponent[] {
  const count = dice.int(2, 6);
  const layout = dice.of(Object.values(LAYOUTS));
  return Array.from({ length: count }, (_, k) => {
    const { serves, ...plan } = component(dice, `c${k}`, types);
    const served = layout(k, types, serves);
    return served === undefined ? plan : { ...plan, serves: served };
  });
}

type Layout = (
  k: number,
  types: readonly string[],
  own: readonly string[] | undefined,
) => readonly string[] | undefined;

/** Which types the k-th component serves; undefined: all. */
const LAYOUTS: Readonly<Record<string, Layout>> = {
  random: (_, __, own) => own,
  /** Each shares a type with the one before it and one with the one after it. */
  chain: (k, types) => [types[k % types.length]!, types[(k + 1) % types.length]!],
  /** One serves all, each of the others one type only. */
  hub: (k, types) => (k === 0 ? undefined : [types[k % types.length]!]),
};

export function component(dice: RandomChoice, id: string, types: readonly string[]): PlannedComponent {
  const plan: PlannedComponent = {
    id,
    priority: dice.of(PRIORITIES),
    maxConcurrentTasks: dice.of([1, 1, 2, 3, 5, 10]),
    weight: dice.of([0.5, 1, 2, 3]),
    ...(dice.chance(0.4) ? { priorityMultiplier: dice.of([0.5, 1.5, 2]) } : {}),
    ...(dice.chance(0.4) ? { limits: { cpu: dice.of([0, 30, 60, 100]), memory: dice.of([50, 100]) } } : {}),
    ...(dice.chance(0.6) ? { serves: dice.some(types, 1, types.length) } : {}),
    ...(dice.chance(0.4) ? { checked: true } : {}),
  };
  // drawn from the plan itself: another draw would make other schedules of all seeds that are on record
  return sumOf(plan) % 5 === 0 ? { ...plan, idempotent: false } : plan;
}

const sumOf = (plan: object): number => [...JSON.stringify(plan)].reduce((sum, c) => sum + c.charCodeAt(0), 0);

export function settings(dice: RandomChoice): BalancerSettings {
  const baseMs = dice.of([1, 20, 100]);
  return {
    algorithm: dice.of(ALGORITHMS),
    ...tuning(dice),
    retry: { baseMs, capMs: 400 },
    recovery: {
      baseDelayMs: dice.of([50, 200, 1_000]),
      maxDelayMs: 2_000,
      jitter: dice.of([0, 0.2, 1]),
      slowStartMs: dice.of([0, 300, 3_000]),
    },
    supervision: { maxRestarts: dice.of([0, 1, 3]), windowMs: dice.of([100, 5_000]) },
    bandDwellMs: dice.of([0, 50, 250]),
    asyncContext: dice.chance(0.5),
    whenFull: dice.of(['reject', 'reject', 'reject', 'wait']),
  };
}

export function tuning(dice: RandomChoice): ConfigChanges {
  const [high, over, shed] = dice.of([
    [0.7, 0.9, 0.95],
    [0.3, 0.5, 0.5],
    [0.9, 0.99, 1],
  ] as const);
  return {
    loadMonitorIntervalMs: dice.of([300, 5_000]),
    healthCheckIntervalMs: dice.of([100, 1_000]),
    optimizationIntervalMs: dice.of([500, 60_000]),
    checkTimeoutMs: dice.of([20, 200]),
    highLoadThreshold: high,
    overloadThreshold: over,
    sheddingThreshold: shed,
    shedding: { targetMs: dice.of([1, 20, 1_000]), intervalMs: dice.of([10, 100, 5_000]) },
    maxQueueSize: dice.of([1, 4, 20, 100]),
    routeShareAlpha: dice.of([0.1, 1, 4]),
    agingMs: dice.of([null, 10, 5_000]),
    requestTimeoutMs: dice.of([20, 200, 1_000]),
    queueTimeoutMs: dice.of([20, 300, 2_000]),
    abortGraceMs: dice.of([0, 10, 300]),
    maxRetries: dice.of([0, 1, 3]),
    retryBudget: { ratio: dice.of([0, 0.2, 1]), perSecond: dice.of([0, 10, 100]) },
    outlier: {
      consecutiveFailures: dice.of([2, 4]),
      minFailures: dice.of([2, 4]),
      maxEjectedShare: dice.of([0, 0.5, 1]),
    },
  };
}

/** A request with any of the options. */
export function request(dice: RandomChoice, types: readonly string[], ids: readonly string[]): PlannedRequest {
  return {
    type: dice.chance(0.97) ? dice.of(types) : 'UNKNOWN',
    ...(dice.chance(0.6) ? { id: `r${dice.int(0, dice.chance(0.1) ? 5 : 1_000_000)}` } : {}),
    ...(dice.chance(0.8) ? { priority: dice.of(PRIORITIES) } : {}),
    ...(dice.chance(0.3) ? { resources: { cpu: dice.of([1, 20, 50, 90]), memory: dice.of([0, 10, 40]) } } : {}),
    ...(dice.chance(0.2) ? { preferredComponents: dice.some(ids, 1, 2) } : {}),
    ...(dice.chance(0.2) ? { excludedComponents: dice.some(ids, 1, 2) } : {}),
    ...(dice.chance(0.4) ? { timeoutMs: dice.of([0.5, 5, 30, 200, 1_000]) } : {}),
    ...(dice.chance(0.4) ? { deadlineIn: dice.of([-5, 0, 1, 20.5, 100, 1_000, 5_000]) } : {}),
    ...(dice.chance(0.3) ? { maxRetries: dice.int(0, 4) } : {}),
    ...(dice.chance(0.3) ? { idempotent: dice.chance(0.5) } : {}),
    ...(dice.chance(0.2) ? { affinityKey: `k${dice.int(0, 3)}` } : {}),
  };
}

/** What a handler does: in half of the cases its work. */
export function behaviour(dice: RandomChoice, mayFail: boolean): Behaviour {
  const after = dice.of([0, 0, 1, 5, 20, 20, 60, 400]);
  const signal = dice.of(['heeds', 'heeds', 'watches', 'late', 'ignores'] as const);
  if (!mayFail || dice.chance(0.55))
    return { does: 'succeed', after, signal, ...(mayFail && dice.chance(0.08) ? { calls: 'submitLater' } : {}) };
  return {
    does: dice.of(['succeed', 'fail', 'fail', 'fail', 'hang', 'twice'] as const),
    after,
    signal,
    ...(dice.chance(0.3) ? { retryable: dice.chance(0.6) } : {}),
    ...(dice.chance(0.1) ? { callerFault: true } : {}),
    ...(dice.chance(0.08)
      ? { calls: dice.of(['submit', 'submit', 'cancelItself', 'failComponent', 'drainComponent'] as const) }
      : {}),
  };
}
