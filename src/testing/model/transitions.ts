import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

/** One declared transition of a statechart: source, event and guard branch. */
export interface DeclaredTransition {
  /** `source: event [guard] -> target`, unique within the machine. */
  readonly key: string;
  /** Path of the source state in dots; empty for the root. */
  readonly source: string;
  /** `always`, `after <delay>`, `done <actor>`, `error <actor>`, else the event's type. */
  readonly event: string;
  /** Name of the guard, with its parameters; empty when there is none. */
  readonly guard: string;
  /** Paths of the targets; `(stays)` for one that only acts. */
  readonly target: string;
  /** Position among the transitions of the same source and event. */
  readonly branch: number;
}

const pathOf = (node: AnyStateNode): string => node.path.join('.');

const nodesBelow = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodesBelow)];

/** The name that users read, for an event type as XState spells it. */
export function eventName(type: string | null): string {
  if (type === null || type === '') return 'always';
  const [, kind, ofActor, rest] = /^xstate\.(after|done|error)\.(actor\.)?(.*)$/.exec(type) ?? [];
  if (kind === undefined || rest === undefined) return type;
  if (kind === 'after') return `after ${rest.split('.')[0]}`;
  return ofActor === undefined ? type : `${kind} ${rest}`;
}

function guardName(guard: unknown): string {
  if (guard === undefined) return '';
  if (typeof guard === 'string') return guard;
  const type: unknown = typeof guard === 'object' && guard !== null ? Reflect.get(guard, 'type') : undefined;
  if (typeof type !== 'string') return 'guarded';
  const params: unknown = Reflect.get(Object(guard), 'params');
  return params === undefined ? type : `${type}(${String(params)})`;
}

/** How a transition is declared; also of one that an inspection event tells of. */
export function describeTransition(transition: AnyTransitionDefinition): DeclaredTransition {
  const source = pathOf(transition.source);
  const event = eventName(transition.eventType);
  const guard = guardName(transition.guard);
  const target = transition.target?.map(pathOf).join(' and ') ?? '(stays)';
  const siblings = siblingsOf(transition);
  return {
    key: `${source === '' ? '(root)' : source}: ${event}${guard === '' ? '' : ` [${guard}]`} -> ${target}`,
    source,
    event,
    guard,
    target,
    branch: siblings.indexOf(transition),
  };
}

function siblingsOf({ source, eventType }: AnyTransitionDefinition): readonly AnyTransitionDefinition[] {
  return eventType === '' ? (source.always ?? []) : (source.transitions.get(eventType) ?? []);
}

/** All transitions that a machine declares, in the order of its source. */
export function declaredTransitions(machine: AnyStateMachine): DeclaredTransition[] {
  const all = nodesBelow(machine.root)
    .sort((a, b) => a.order - b.order)
    .flatMap((node) => [
      ...(node.always ?? []),
      ...[...node.transitions].flatMap(([type, branches]) => (type === '' ? [] : branches)),
    ]);
  return [...new Map(all.map(describeTransition).map((one) => [one.key, one])).values()];
}
