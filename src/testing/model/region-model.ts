import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { getInitialMicrosteps } from 'xstate';
import { type ActiveAlgorithm, ALGORITHMS } from '../../domain/algorithm.ts';
import { graphOf, greedyPaths, type ModelPath, type Walkable } from './path-walk.ts';
import { eventless, take } from './take-transition.ts';
import { type DeclaredTransition, declaredTransitions } from './transitions.ts';

/** What somebody does to a balancer, so that something happens to a region of its statechart. */
export type Action =
  | 'storeLoads'
  | 'storeFails'
  | 'storeHangs'
  | 'storeSaves'
  | 'stopNow'
  | 'stopSooner'
  | 'stopDraining'
  | 'drainTimesOut'
  | 'submit'
  | 'settle'
  | 'pause'
  | 'resume'
  | 'load'
  | 'unload'
  | 'shed'
  | 'calm'
  | 'failBig'
  | 'recoverBig'
  | 'failSmall'
  | 'recoverSmall'
  | 'move'
  | 'moved'
  | 'crash'
  | 'sendNonsense'
  | `select ${ActiveAlgorithm | 'nonsense'}`;

/** An event of a region's model: the real machine's, or `around.*` for what its statechart does not see. */
export interface RegionEvent {
  readonly type: string;
  readonly deed: Action;
}

/** What a balancer of the model starts with. */
export interface RegionStart {
  /** `held`: a store that answers when it is told to. */
  readonly store: 'none' | 'held';
  readonly algorithm: ActiveAlgorithm;
}

export const ALL_ALGORITHMS: readonly ActiveAlgorithm[] = [...ALGORITHMS, 'custom'];
export const PLAIN: RegionStart = { store: 'none', algorithm: 'least-connections' };

/** One region of the balancer's statechart as a statechart of its own. */
export interface RegionModel {
  readonly name: 'phase' | 'dispatch' | 'pressure' | 'failover' | 'algorithm' | 'children';
  readonly machine: AnyStateMachine;
  readonly starts: readonly RegionStart[];
  offers(state: AnyMachineSnapshot): readonly RegionEvent[];
}

export type RegionPath = ModelPath<AnyMachineSnapshot, RegionEvent> & { readonly start: RegionStart };

const isAround = ({ event }: DeclaredTransition): boolean => event.startsWith('around.');

/** What a region declares, as the real machine would. */
export const declaredBy = ({ machine }: RegionModel): DeclaredTransition[] =>
  declaredTransitions(machine).filter((one) => !isAround(one));

/** A region's model, ready to be walked from a start. */
export function walkable(model: RegionModel, start: RegionStart): Walkable<AnyMachineSnapshot, RegionEvent> {
  const { machine, offers } = model;
  const steps = getInitialMicrosteps(machine, { start }).map(([state]): AnyMachineSnapshot => state);
  const initial = steps.at(-1);
  if (initial === undefined) throw new Error('a machine has an initial snapshot');
  return {
    initial: { state: initial, transitions: eventless(steps) },
    offers,
    step: (state, event) => take(machine, state, event),
    serialize,
    serializeEvent: ({ type, deed }) => `${type} ${deed}`,
  };
}

/** Paths that take each event in each state of a region from its first start, each declared transition from the others. */
export function regionPaths(model: RegionModel): RegionPath[] {
  return model.starts.flatMap((start, k) => {
    const walk = walkable(model, start);
    const paths = greedyPaths(walk, graphOf(walk), { cover: k === 0 ? 'edges' : 'transitions', maxSteps: 25 });
    return (paths.length > 0 ? paths : [{ initial: walk.initial, steps: [], news: [] }]).map((path) => ({
      ...path,
      start,
    }));
  });
}

function serialize({ value, context }: AnyMachineSnapshot): string {
  return JSON.stringify([value, { ...context, refused: 0 }]);
}
