import { type AnyMachineSnapshot, type AnyStateMachine, type EventObject, getMicrosteps } from 'xstate';
import { type DeclaredTransition, describeTransition } from './transitions.ts';

/** A model after an event, and the declared transitions that led there. */
export interface Taken<TState> {
  readonly state: TState;
  readonly transitions: readonly DeclaredTransition[];
}

/** Lets a model take an event, and notes by which transitions: the event's own, then the eventless ones after it. */
export function take<TState extends AnyMachineSnapshot>(
  machine: AnyStateMachine,
  next: (state: TState) => TState,
  state: TState,
  event: EventObject,
): Taken<TState> {
  const steps = getMicrosteps(machine, state, event).map(([after]) => after);
  if (steps.length === 0) return { state, transitions: [] };
  const transitions = machine.getTransitionData(state, event).map(describeTransition);
  return { state: next(state), transitions: [...transitions, ...eventless(steps)] };
}

/** The eventless transitions between snapshots that follow each other without an event. */
export function eventless(steps: readonly AnyMachineSnapshot[]): DeclaredTransition[] {
  return steps.slice(1).flatMap((after, k) => {
    const before = steps[k];
    const found = before?._nodes
      .flatMap((node) => node.always ?? [])
      .find(({ target }) => target?.every((node) => after._nodes.includes(node)) === true);
    return found === undefined ? [] : [describeTransition(found)];
  });
}
