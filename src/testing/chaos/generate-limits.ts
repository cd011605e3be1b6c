import type { RateLimit } from '../../domain/rate-limit.ts';
import type { RandomChoice } from './random-choice.ts';
import type { Behaviour, ChaosAction, ChaosSchedule, ChaosStep, PlannedComponent } from './schedule.ts';

/** Windows of limits; their lengths stay as they are while the limits change, so that a run can be checked to its end. */
const WINDOWS_MS = [20, 100, 450];

/** A schedule whose components have rate limits and refuse work, and whose requests cost this and that. The rest of it stays as it is. */
export function withLimits(schedule: ChaosSchedule, dice: RandomChoice): ChaosSchedule {
  const windows = dice.some(WINDOWS_MS, 1, 2);
  const limits = (): RateLimit[] =>
    windows.map((perMs) => ({ limit: dice.of([1, 3, 3, 10, 40]), perMs, marginMs: dice.of([0, 1]) }));
  const limited = (plan: PlannedComponent): PlannedComponent =>
    dice.chance(0.7) ? { ...plan, rateLimit: limits() } : plan;
  const refusing = (one: Behaviour): Behaviour =>
    one.does === 'fail' && dice.chance(0.4) ? { ...one, retryAfterMs: dice.of([0, 5, 50, 300]) } : one;
  const action = (one: ChaosAction): ChaosAction => {
    switch (one.kind) {
      case 'submit':
      case 'producers': {
        const attempts = one.attempts.map(refusing);
        if (!dice.chance(0.3)) return { ...one, attempts };
        return { ...one, attempts, request: { ...one.request, cost: dice.of([0, 0.5, 2, 3, 10]) } };
      }
      case 'register':
        return { ...one, plan: limited(one.plan) };
      case 'update':
        return dice.chance(0.5) ? { ...one, changes: { ...one.changes, rateLimit: limits() } } : one;
      default:
        return one;
    }
  };
  return {
    ...schedule,
    components: schedule.components.map(limited),
    steps: schedule.steps.map((step): ChaosStep => ({ ...step, action: action(step.action) })),
  };
}
