import type { AnyActorLogic, AnyActorRef, ErrorActorEvent } from 'xstate';

/** What is used of XState beside its machines, and what it does not document: an upgrade that breaks one breaks this file. */

/** A reference to an actor of any kind. */
export type ActorHandle = AnyActorRef;
/** The logic of an actor of any kind. */
export type ActorLogicHandle = AnyActorLogic;
/** What XState sends to the parent of an actor in error. */
export type ErrorEvent = ErrorActorEvent;

/** Listeners that hang on the raw actor (`actor.on`), by type. Where XState hides them, somebody may listen to anything. */
export function rawListenersOf(actor: ActorHandle): ReadonlyMap<string, ReadonlySet<unknown>> {
  const map: unknown = Reflect.get(actor, 'eventListeners');
  return map instanceof Map ? map : new Map([['*', new Set([undefined])]]);
}

/** The clock of an actor's system: of no documented type, and not always there. */
export const systemClockOf = (actor: ActorHandle): unknown => Reflect.get(actor.system, '_clock');

/** Something that was sent to an actor, and has a type. */
export interface Sent {
  readonly type: string;
}

/**
 * Keeps from an actor what has no readable `type`: XState would read it again outside any `try`, and the actor's mailbox would
 * stand still at it for good.
 * @param refused gets what was kept away.
 * @param isWelcome whether the actor may get it otherwise.
 */
export function shieldMailbox(
  actor: ActorHandle,
  refused: (event: unknown) => void,
  isWelcome: (event: Sent) => boolean = () => true,
): void {
  const send: unknown = Reflect.get(actor, '_send');
  if (typeof send !== 'function') return;
  Reflect.set(actor, '_send', (event: unknown) => {
    if (isReadable(event) && isWelcome(event)) Reflect.apply(send, actor, [event]);
    else refused(event);
  });
}

function isReadable(event: unknown): event is Sent {
  try {
    return typeof event === 'object' && event !== null && 'type' in event && typeof event.type === 'string';
  } catch {
    return false;
  }
}
