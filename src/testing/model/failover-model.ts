import { type AnyStateMachine, getInitialMicrosteps } from 'xstate';
import type { ComponentSpec } from '../../domain/component.ts';
import type { BalancerSettings } from '../../domain/settings.ts';
import { type ComponentModelState, offersOf, stateName } from './component-events.ts';
import { AROUND_THE_CHART, type ComponentModelEvent, componentModelMachine } from './component-model.ts';
import { type ComponentShape, shapeOf } from './component-parameters.ts';
import { graphOf, greedyPaths, type ModelPath, type Walkable, type WalkOptions } from './path-walk.ts';
import { eventless, take } from './take-transition.ts';
import { type DeclaredTransition, declaredTransitions, eventName } from './transitions.ts';

export type ComponentPath = ModelPath<ComponentModelState, ComponentModelEvent>;

/** One step of a generated path, to be read. */
export interface FailoverStep {
  /** `component.fail`, `after cooldown`, `load.busy (taken: 7)`. */
  readonly event: string;
  /** Where it leads, in dots, e.g. `failed.isolated`. */
  readonly state: string;
  /** The declared transitions that it takes. */
  readonly transitions: readonly DeclaredTransition[];
}

export interface FailoverPath {
  readonly steps: readonly FailoverStep[];
  /** Declared transitions that no earlier path has taken. */
  readonly news: readonly DeclaredTransition[];
}

/** A component as a plain statechart, and the paths through it. */
export interface FailoverModel {
  /** The model's statechart: to draw it, or to generate paths of your own with `xstate/graph`. */
  readonly machine: AnyStateMachine;
  /** All that the statechart of a component declares. */
  readonly declared: readonly DeclaredTransition[];
  /** Declared transitions that a component of this shape can never take; a single slot, for example, is never `Busy`. */
  readonly unreachable: readonly DeclaredTransition[];
  /** States and edges of the model's graph. */
  readonly states: number;
  readonly edges: number;
  paths(options?: Partial<WalkOptions>): FailoverPath[];
}

/** The same, as the kit runs it. */
export interface ComponentModel extends Omit<FailoverModel, 'paths' | 'machine'> {
  readonly shape: ComponentShape;
  readonly machine: typeof componentModelMachine;
  paths(options?: Partial<WalkOptions>): ComponentPath[];
}

export interface FailoverModelOptions {
  /** The other components: whether work can fail over depends on them. Default: none. */
  readonly peers?: readonly ComponentSpec[];
  readonly settings?: BalancerSettings;
}

/** Failures in a row that the model tells apart; more of them differ in the cooldown only. */
const MAX_FAILURES = 3;
const DEFAULTS: WalkOptions = { cover: 'transitions', maxSteps: 25 };

/**
 * The model of a component's failover, to generate paths from.
 * @throws InvalidConfigError when the spec or the settings are not valid.
 */
export function failoverModel(spec: ComponentSpec, options: FailoverModelOptions = {}): FailoverModel {
  const { machine, declared, unreachable, states, edges, paths } = componentModel(spec, options);
  return {
    machine,
    declared,
    unreachable,
    states,
    edges,
    paths: (walk) => paths(walk).map(({ steps, news }) => ({ steps: steps.map(readable), news })),
  };
}

const readable = ({ event, state, transitions }: ComponentPath['steps'][number]): FailoverStep => ({
  event: eventText(event),
  state: stateName(state),
  transitions,
});

/** `component.fail (ejected: true)`, `after cooldown`, `load.busy (taken: 7)`. */
export function eventText(event: ComponentModelEvent): string {
  const details = Object.entries(event).flatMap(([key, value]) => (key === 'type' ? [] : [`${key}: ${String(value)}`]));
  return `${eventName(event.type)}${details.length === 0 ? '' : ` (${details.join(', ')})`}`;
}

/** The model with the types that the kit needs to run it. */
export function componentModel(spec: ComponentSpec, options: FailoverModelOptions = {}): ComponentModel {
  const shape = shapeOf(spec, options.peers ?? [], options.settings);
  const machine = componentModelMachine;
  const input = { shape };
  const steps = getInitialMicrosteps(machine, input).map(([state]) => state);
  const initial = steps.at(-1);
  if (initial === undefined) throw new Error('a machine has an initial snapshot');
  const model: Walkable<ComponentModelState, ComponentModelEvent> = {
    initial: { state: initial, transitions: eventless(steps) },
    offers: offersOf,
    step: (state, event) => take(machine, state, event),
    serialize,
    serializeEvent: (event) => JSON.stringify(event),
  };
  const graph = graphOf(model);
  const edges = [...graph.values()].flat();
  const reachable = new Set([model.initial, ...edges].flatMap((taken) => taken.transitions.map(({ key }) => key)));
  const declared = declaredTransitions(machine).filter(({ event }) => !AROUND_THE_CHART.includes(event));
  return {
    shape,
    machine,
    declared,
    unreachable: declared.filter(({ key }) => !reachable.has(key)),
    states: graph.size,
    edges: edges.length,
    paths: (walk = {}) => greedyPaths(model, graph, { ...DEFAULTS, ...walk }),
  };
}

function serialize({ value, context }: ComponentModelState): string {
  const { taken, k, goodProbes, requiresProbes, ejected, rests, lap } = context;
  const warming = JSON.stringify(value).includes('warming');
  return JSON.stringify([
    value,
    taken,
    Math.min(k, MAX_FAILURES),
    goodProbes,
    requiresProbes,
    ejected,
    rests,
    warming ? lap : 0,
  ]);
}
