import { InvalidConfigError } from '../../domain/errors.ts';
import { type ChaosReport, runSchedule } from './chaos.ts';
import type { ChaosSchedule, ChaosStep } from './schedule.ts';

/**
 * Makes a schedule that breaks a rule as short as it can while it still breaks the same rule: delta debugging (Zeller
 * and Hildebrandt 2002) on its steps, then fewer components, then shorter plans.
 *
 * @param rule which rule has to stay broken; default: the first one that the schedule breaks.
 * @param runs the schedule; for components of your own hand over one that passes them. Default {@link runSchedule}.
 * @returns the schedule itself when it breaks nothing.
 */
export async function shrinkSchedule(
  schedule: ChaosSchedule,
  rule?: string,
  runs: (schedule: ChaosSchedule) => Promise<ChaosReport> = runSchedule,
): Promise<ChaosSchedule> {
  const wanted = rule ?? (await runs(schedule)).violations[0]?.rule;
  if (wanted === undefined) return schedule;
  const breaks = async (candidate: ChaosSchedule): Promise<boolean> => {
    try {
      return (await runs(candidate)).violations.some((violation) => violation.rule === wanted);
    } catch (error) {
      // thresholds that were in order together may not be one by one
      if (error instanceof InvalidConfigError) return false;
      throw error;
    }
  };
  let best = schedule;
  const keep = async (candidate: ChaosSchedule): Promise<boolean> => {
    if (!(await breaks(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let before = -1; before !== size(best); ) {
    before = size(best);
    await dropSteps(() => best, keep);
    for (let k = best.components.length - 1; k >= 0 && best.components.length > 1; k--)
      await keep({ ...best, components: best.components.filter((_, at) => at !== k) });
    for (let k = 0; k < best.steps.length; k++) await simplifyStep(() => best, k, keep);
    for (const key of Object.keys(best.settings)) {
      const { [key]: _, ...settings } = best.settings as Record<string, unknown>;
      await keep({ ...best, settings });
    }
    const { store: _, ...plain } = best;
    if (best.store !== undefined) await keep(plain);
    if (best.end.heal) await keep({ ...best, end: { ...best.end, heal: false } });
  }
  return best;
}

const size = (schedule: ChaosSchedule): number => JSON.stringify(schedule).length;

async function dropSteps(
  current: () => ChaosSchedule,
  keep: (candidate: ChaosSchedule) => Promise<boolean>,
): Promise<void> {
  for (let width = Math.ceil(current().steps.length / 2); width >= 1; width = Math.floor(width / 2)) {
    for (let at = 0; at < current().steps.length; ) {
      const { steps } = current();
      const dropped = await keep({ ...current(), steps: [...steps.slice(0, at), ...steps.slice(at + width)] });
      if (!dropped) at += width;
    }
  }
}

/** Again and again, as long as anything of the step can go. */
async function simplifyStep(
  current: () => ChaosSchedule,
  k: number,
  keep: (candidate: ChaosSchedule) => Promise<boolean>,
): Promise<void> {
  const simplify = async (): Promise<boolean> => {
    for (const simpler of simplifications(current().steps[k]!))
      if (await keep({ ...current(), steps: current().steps.with(k, simpler) })) return true;
    return false;
  };
  while (await simplify());
}

/** The same step with less of one thing or another. */
function simplifications(step: ChaosStep): ChaosStep[] {
  const { action } = step;
  const simpler: ChaosStep[] =
    step.after > 0
      ? [
          { ...step, after: 0 },
          { ...step, after: Math.floor(step.after / 2) },
        ]
      : [];
  if (action.kind !== 'submit') return simpler;
  if (action.via !== 'execute') simpler.push({ ...step, action: { ...action, via: 'execute' } });
  if (action.attempts.length > 1)
    simpler.push({ ...step, action: { ...action, attempts: action.attempts.slice(0, -1) } });
  for (const key of Object.keys(action.request)) {
    if (key === 'type') continue;
    const { type, ...rest } = action.request;
    const request = { type, ...Object.fromEntries(Object.entries(rest).filter(([name]) => name !== key)) };
    simpler.push({ ...step, action: { ...action, request } });
  }
  return simpler;
}
