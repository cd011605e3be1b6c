import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventFromLogic,
  getMicrosteps,
  type SnapshotFrom,
} from 'xstate';
import { type DeclaredTransition, describeTransition } from './transitions.ts';

/** A model after an event, and the declared transitions that led there. */
export interface Transitioned<TState> {
  readonly state: TState;
  readonly transitions: readonly DeclaredTransition[];
}

/** Lets a model take an event, and notes by which transitions: the event's own, then the eventless ones after it. */
export function take<TMachine extends AnyStateMachine>(
  machine: TMachine,
  state: SnapshotFrom<TMachine>,
  event: EventFromLogic<TMachine>,
): Transitioned<SnapshotFrom<TMachine>> {
  const steps = getMicrosteps(machine, state, event).map(([after]) => after);
  const last = steps.at(-1);
  if (last === undefined) return { state, transitions: [] };
  const transitions = machine.getTransitionData(state, event).map(describeTransition);
  return { state: last, transitions: [...transitions, ...eventless(steps)] };
}

/** The eventless transitions between snapshots that follow each other without an event. */
export function eventless(steps: readonly AnyMachineSnapshot[]): DeclaredTransition[] {
  return steps.slice(1).flatMap((after, k) => {
    // one for each region that takes one
    return (steps[k]?._nodes ?? []).flatMap((source) => {
      const found = source.always?.find(({ target }) => target?.every((node) => after._nodes.includes(node)) === true);
      return found === undefined ? [] : [describeTransition(found)];
    });
  });
}
