import type { HandlerContext } from '../../domain/component.ts';
import type { EngineView } from '../../engine/engine-view.ts';
import type { Attempt } from '../../requests/job.ts';
import type { StubComponent } from './stub-component.ts';

/**
 * Sends an actor an event whose fields throw when they are read, which breaks its logic.
 * @returns false when there is no such actor.
 */
export function breakActor(ref: unknown): boolean {
  if (typeof ref !== 'object' || ref === null || !('send' in ref) || typeof ref.send !== 'function') return false;
  const broken = (): never => {
    throw new Error('the logic of the component broke');
  };
  const poison = { type: 'component.fail' };
  for (const key of ['reason', 'replyTo']) Object.defineProperty(poison, key, { get: broken, enumerable: true });
  ref.send(poison);
  return true;
}

/** The balancer's own record of a handler's attempt. */
export function attemptOf(state: EngineView, seat: StubComponent, context: HandlerContext): Attempt | undefined {
  const record = state.fleet.records[state.fleet.components.indexOf(seat.id)];
  let attempt = record?.attempts ?? null;
  while (attempt !== null && attempt.context !== context) attempt = attempt.next;
  return attempt ?? undefined;
}
