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
