import type { Transitioned } from './take-transition.ts';
import type { DeclaredTransition } from './transitions.ts';

/** What is walked: states with the events that each offers. */
export interface Walkable<TState, TEvent> {
  readonly initial: Transitioned<TState>;
  offers(state: TState): readonly TEvent[];
  step(state: TState, event: TEvent): Transitioned<TState>;
  /** What tells states apart; whatever decides about later steps is in it. */
  serialize(state: TState): string;
  serializeEvent(event: TEvent): string;
}

export interface PathStep<TState, TEvent> extends Transitioned<TState> {
  readonly event: TEvent;
}

/** A way through a model from its start. */
export interface ModelPath<TState, TEvent> {
  readonly initial: Transitioned<TState>;
  readonly steps: readonly PathStep<TState, TEvent>[];
  /** Declared transitions that no earlier path has taken. */
  readonly news: readonly DeclaredTransition[];
}

/** `transitions`: each declared transition at least once; `edges`: each event in each state of the model. */
export type Cover = 'transitions' | 'edges';

export interface WalkOptions {
  readonly cover: Cover;
  /** A path ends with the first step at or after this many that covers something new. */
  readonly maxSteps: number;
}

interface Edge<TState, TEvent> extends Transitioned<TState> {
  readonly event: TEvent;
  readonly from: string;
  readonly to: string;
}

/** The edges that leave each state, by the state as it is serialized. */
export type Graph<TState, TEvent> = ReadonlyMap<string, readonly Edge<TState, TEvent>[]>;

/**
 * Paths that together cover a graph: from where the walk stands it goes to the nearest edge that covers something new.
 * Shortest paths from the start would never come back, so returning edges were not taken (a third of a skeleton's).
 * Deterministic.
 */
export function greedyPaths<TState, TEvent>(
  model: Walkable<TState, TEvent>,
  graph: Graph<TState, TEvent>,
  { cover, maxSteps }: WalkOptions,
): ModelPath<TState, TEvent>[] {
  const goalsOf = ({ from, event, transitions }: Edge<TState, TEvent>): string[] =>
    cover === 'edges' ? [`${from} ${model.serializeEvent(event)}`] : transitions.map(({ key }) => key);
  const open = new Set([...graph.values()].flatMap((edges) => edges.flatMap(goalsOf)));
  const isNews = (edge: Edge<TState, TEvent>): boolean => goalsOf(edge).some((goal) => open.has(goal));
  const seen = new Set<string>();
  const paths: ModelPath<TState, TEvent>[] = [];
  while (open.size > 0) {
    const steps: PathStep<TState, TEvent>[] = [];
    let { state } = model.initial;
    while (steps.length < maxSteps) {
      const way = nearest(graph, model.serialize(state), isNews);
      if (way === undefined) break;
      for (const edge of way) {
        const { event } = edge;
        const taken = model.step(state, event);
        state = taken.state;
        steps.push({ event, ...taken });
        for (const goal of goalsOf(edge)) open.delete(goal);
      }
    }
    if (steps.length === 0) throw new Error(`${open.size} goals cannot be reached: ${[...open][0]}`);
    const all = [...model.initial.transitions, ...steps.flatMap(({ transitions }) => transitions)];
    const news = all.filter(({ key }) => !seen.has(key) && seen.add(key));
    paths.push({ initial: model.initial, steps, news });
  }
  return paths;
}

/** All states that can be reached from the start, breadth first, and what leads from each. */
export function graphOf<TState, TEvent>(model: Walkable<TState, TEvent>): Graph<TState, TEvent> {
  const graph = new Map<string, Edge<TState, TEvent>[]>();
  // a map is walked in the order of insertion, and what is added on the way is walked too
  const states = new Map([[model.serialize(model.initial.state), model.initial.state]]);
  for (const [from, state] of states) {
    const edges = model.offers(state).map((event) => {
      const taken = model.step(state, event);
      const to = model.serialize(taken.state);
      if (!states.has(to)) states.set(to, taken.state);
      return { event, ...taken, from, to };
    });
    graph.set(from, edges);
  }
  return graph;
}

/** The shortest way from a state over an edge that covers something open; breadth first. */
function nearest<TState, TEvent>(
  graph: Graph<TState, TEvent>,
  from: string,
  isNews: (edge: Edge<TState, TEvent>) => boolean,
): Edge<TState, TEvent>[] | undefined {
  const cameBy = new Map<string, readonly [string, Edge<TState, TEvent>] | undefined>([[from, undefined]]);
  for (const at of cameBy.keys()) {
    for (const edge of graph.get(at) ?? []) {
      if (isNews(edge)) return [...wayTo(cameBy, at), edge];
      if (!cameBy.has(edge.to)) cameBy.set(edge.to, [at, edge]);
    }
  }
  return undefined;
}

function wayTo<TEdge>(cameBy: ReadonlyMap<string, readonly [string, TEdge] | undefined>, to: string): TEdge[] {
  const way: TEdge[] = [];
  for (let step = cameBy.get(to); step !== undefined; step = cameBy.get(step[0])) way.unshift(step[1]);
  return way;
}
