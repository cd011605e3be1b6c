import type { Change } from '../protocol.ts';

/** From one state to the next. */
export interface Step {
  readonly from: string;
  readonly to: string;
  readonly at: number;
  readonly reason: string;
}

/** Steps of an actor through its states. A change of status names the state in its detail; the one before is the last step's. */
export function stepsOf(changes: readonly Change[], actor: string): Step[] {
  const steps: Step[] = [];
  for (const { actor: of, type, from = '', to = '', detail = '', at } of changes) {
    if (of !== actor || to === '') continue;
    if (type === 'component.statusChanged') {
      const colon = detail.indexOf(': ');
      steps.push({ from: steps.at(-1)?.to ?? from, to: detail.slice(0, colon), at, reason: detail.slice(colon + 2) });
    } else steps.push({ from, to, at, reason: detail });
  }
  return steps;
}
