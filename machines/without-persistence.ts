import type { AnyActorLogic, AnyActorRef } from 'xstate';
import { NotRunningError } from '../src/domain/errors.ts';

/** Snapshots that were read back: there is no balancer behind them. */
const restored = new WeakSet<object>();

/**
 * A host that invokes the balancer can persist itself (`getPersistedSnapshot`), and the balancer cannot: its handlers, promises and
 * timers are not data, and work that was open when a process ended is not to be run again by a copy. So its part of a host's snapshot is
 * a few words; and where that is restored it ends at once with a NotRunningError, which the host's `onError` hears. A host that
 * enters the invoking state again begins with a new balancer, which loads what `statePath` or its store has kept.
 */
export function withoutPersistence<T extends AnyActorLogic>(logic: T): T {
  const kept: T = Object.create(logic);
  kept.getPersistedSnapshot = (snapshot) => ({
    status: snapshot.status,
    output: undefined,
    error: undefined,
    note: 'A balancer is not persisted: it begins anew when the state that invokes it is entered again.',
  });
  kept.restoreSnapshot = (snapshot) => {
    const empty = {
      ...(typeof snapshot === 'object' ? snapshot : {}),
      value: undefined,
      output: undefined,
      error: undefined,
    };
    restored.add(empty);
    return empty;
  };
  kept.start = (snapshot, scope) => {
    if (typeof snapshot === 'object' && restored.has(snapshot)) throw notRestored(scope.self);
    logic.start?.(snapshot, scope);
  };
  kept.transition = (snapshot, event, scope) =>
    typeof snapshot === 'object' && restored.has(snapshot) ? snapshot : logic.transition(snapshot, event, scope);
  return kept;
}

const notRestored = ({ id }: AnyActorRef): NotRunningError =>
  new NotRunningError(
    `The balancer ${id} was part of a restored snapshot, and cannot be restored. Enter the state that invokes it again: a new one begins with its input.`,
    { reason: 'restored' },
  );
