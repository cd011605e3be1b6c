import type { AnyActorRef, StateNode } from 'xstate';
import type { Chart, ChartEdge, ChartState } from '../statechart.ts';
import { machineOf } from './actor-directory.ts';

type Node = StateNode;

/** Reads a statechart off an actor's logic; undefined for an actor that has none. */
export function chartOf(ref: AnyActorRef): Chart | undefined {
  const machine = machineOf(ref);
  if (machine === undefined) return undefined;
  const edges: ChartEdge[] = [];
  collect(machine.root, edges);
  return { id: machine.id, root: stateOf(machine.root), edges };
}

/** Id of the chart of an actor: actors of one machine share it. */
export function chartIdOf(ref: AnyActorRef): string {
  return machineOf(ref)?.id ?? '';
}

/** Paths of the active states of an actor: the leaves and what they lie in. */
export function activeOf(ref: AnyActorRef): string[] {
  const snapshot: unknown = ref.getSnapshot();
  const value: unknown = typeof snapshot === 'object' && snapshot !== null ? Reflect.get(snapshot, 'value') : undefined;
  const paths: string[] = [];
  walk(value, '', paths);
  return paths;
}

function walk(value: unknown, at: string, into: string[]): void {
  if (typeof value === 'string') into.push(join(at, value));
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      into.push(join(at, key));
      walk(inner, join(at, key), into);
    }
  }
}

const join = (at: string, key: string): string => (at === '' ? key : `${at}.${key}`);

function stateOf(node: Node): ChartState {
  return {
    path: node.path.join('.'),
    key: node.key,
    type: node.type,
    ...(node.type === 'compound' ? { initial: node.initial.target[0]?.path.slice(node.path.length)[0] } : {}),
    states: Object.values(node.states).map(stateOf),
  };
}

function collect(node: Node, into: ChartEdge[]): void {
  for (const [event, transitions] of node.transitions) {
    for (const transition of transitions) add(into, node, eventName(event), transition);
  }
  for (const transition of node.always ?? []) add(into, node, 'always', transition);
  for (const child of Object.values(node.states)) collect(child, into);
}

/** `xstate.after.cooldown.component.failed.isolated` reads as `after cooldown`. */
function eventName(event: string): string {
  const after = /^xstate\.after\.([^.]+)\./.exec(event);
  if (after !== null) return `after ${after[1]}`;
  const ended = /^xstate\.(done|error)\.(?:actor|state)\.(?:\d+\.)?([^.]+)/.exec(event);
  return ended !== null ? `${ended[2]} ${ended[1]}` : event;
}

interface Transition {
  readonly target?: readonly { readonly path: readonly string[] }[] | undefined;
  readonly guard?: unknown;
}

function add(into: ChartEdge[], from: Node, event: string, { target, guard }: Transition): void {
  const guardName = nameOf(guard);
  for (const to of target ?? [undefined]) {
    into.push({
      from: from.path.join('.'),
      to: to?.path.join('.'),
      event,
      ...(guardName === undefined ? {} : { guard: guardName }),
    });
  }
}

function nameOf(guard: unknown): string | undefined {
  if (typeof guard === 'string') return guard;
  if (typeof guard === 'function') return guard.name === '' || guard.name === 'guard' ? 'condition' : guard.name;
  if (typeof guard !== 'object' || guard === null) return undefined;
  const type: unknown = Reflect.get(guard, 'type');
  const params: unknown = Reflect.get(guard, 'params');
  return typeof type === 'string' ? (typeof params === 'string' ? `${type} ${params}` : type) : 'condition';
}
