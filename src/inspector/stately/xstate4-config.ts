import type { StateNode } from 'xstate';

/** A state node of XState 5 as a config that XState 4 parses: `guard` is `cond`, targets are absolute, actions are names. */
export function toV4(node: StateNode): object {
  const on: Record<string, object[]> = {};
  for (const [event, transitions] of node.transitions) {
    if (!event.startsWith('xstate.after.')) on[event] = transitions.map(transitionToV4);
  }
  const after: Record<string, object[]> = {};
  for (const transition of node.after) {
    const delay = String(transition.delay);
    after[delay] = [...(after[delay] ?? []), transitionToV4(transition)];
  }
  return {
    id: node.id,
    key: node.key,
    ...(node.type === 'atomic' ? {} : { type: node.type }),
    ...(node.type === 'compound' ? { initial: node.initial.target[0]?.path.slice(node.path.length)[0] } : {}),
    on,
    after,
    always: node.always?.map(transitionToV4) ?? [],
    entry: namesOf(node.config.entry),
    exit: namesOf(node.config.exit),
    invoke: node.invoke.map(({ id, src }) => ({ id, src: typeof src === 'string' ? src : 'inline' })),
    states: Object.fromEntries(Object.entries(node.states).map(([key, child]) => [key, toV4(child)])),
  };
}

interface Transition {
  readonly target?: readonly { readonly id: string }[] | undefined;
  readonly actions?: unknown;
  readonly guard?: unknown;
  readonly reenter?: boolean;
}

function transitionToV4({ target, actions, guard, reenter }: Transition): object {
  const [condition] = namesOf(guard);
  return {
    ...(target === undefined ? {} : { target: target.map(({ id }) => `#${id}`) }),
    actions: namesOf(actions),
    internal: reenter !== true,
    ...(condition === undefined ? {} : { cond: condition }),
  };
}

/** XState 4 chokes on its own names coming back: `xstate.raise` must be `raise`. */
function namesOf(things: unknown): { readonly type: string }[] {
  const list: readonly unknown[] = things === undefined ? [] : Array.isArray(things) ? things : [things];
  return list.map((thing) => {
    const type: unknown =
      typeof thing === 'object' && thing !== null
        ? Reflect.get(thing, 'type')
        : typeof thing === 'function'
          ? (Reflect.get(thing, 'type') ?? thing.name)
          : thing;
    return { type: typeof type === 'string' && type !== '' ? type.replace(/^xstate\./, '') : '(inline)' };
  });
}
