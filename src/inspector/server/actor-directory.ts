import { type ActorRefLike, type AnyActorRef, StateMachine } from 'xstate';
import type { Inspectable } from '../../load-balancer/inspectable.ts';
import type { ActorKey } from '../protocol.ts';

/** The actors of a balancer by key, and the names of those that messages come from and go to. */
export class ActorDirectory {
  private readonly root: AnyActorRef;
  private readonly prefix: string;
  private readonly keys = new WeakMap<object, ActorKey>();

  constructor(balancer: Inspectable) {
    this.root = balancer.actor;
    const { root } = this;
    const name = 'systemId' in root && typeof root.systemId === 'string' ? root.systemId : root.sessionId;
    this.prefix = `${name}/`;
  }

  /** Ids of the monitors that live now. */
  monitors(): string[] {
    const snapshot: unknown = this.root.getSnapshot();
    const children: unknown =
      typeof snapshot === 'object' && snapshot !== null ? Reflect.get(snapshot, 'children') : undefined;
    if (typeof children !== 'object' || children === null) return [];
    return Object.keys(children).filter((id) => isMachine(Reflect.get(children, id)));
  }

  find(key: ActorKey): AnyActorRef | undefined {
    if (key === 'balancer') return this.root;
    const [kind, id] = split(key);
    if (kind === 'component') {
      const found: unknown = this.root.system.get(this.prefix + id);
      return isActor(found) ? found : undefined;
    }
    if (kind !== 'monitor') return undefined;
    const child: unknown = this.root.getSnapshot()?.children?.[id];
    return isMachine(child) ? child : undefined;
  }

  /** Every actor of the balancer that lives now. */
  all(): { readonly key: ActorKey; readonly ref: AnyActorRef }[] {
    const found = [{ key: 'balancer', ref: this.root }];
    for (const id of this.monitors()) {
      const ref = this.find(`monitor:${id}`);
      if (ref !== undefined) found.push({ key: `monitor:${id}`, ref });
    }
    for (const [systemId, ref] of Object.entries(this.root.system.getAll())) {
      if (systemId.startsWith(this.prefix) && isActor(ref))
        found.push({ key: `component:${systemId.slice(this.prefix.length)}`, ref });
    }
    return found;
  }

  /** Whether an actor is the balancer or one of its children. */
  owns(ref: ActorRefLike): boolean {
    return ref === this.root || parentOf(ref) === this.root;
  }

  /** Where a message came from. The balancer's children hear from nobody but it, and `send` names no source. */
  sourceOf(source: ActorRefLike | undefined, target: ActorRefLike): ActorKey {
    return source === undefined && target !== this.root && this.owns(target) ? 'balancer' : this.keyOf(source);
  }

  keyOf(ref: ActorRefLike | undefined): ActorKey {
    if (ref === undefined) return 'outside';
    let key = this.keys.get(ref);
    if (key === undefined) {
      key = this.name(ref);
      this.keys.set(ref, key);
    }
    return key;
  }

  private name(ref: ActorRefLike): ActorKey {
    if (ref === this.root) return 'balancer';
    const id = 'id' in ref && typeof ref.id === 'string' ? ref.id : ref.sessionId;
    if (parentOf(ref) !== this.root) return `other:${id}`;
    const systemId: unknown = Reflect.get(ref, 'systemId');
    if (typeof systemId === 'string' && systemId.startsWith(this.prefix))
      return `component:${systemId.slice(this.prefix.length)}`;
    return isMachine(ref) ? `monitor:${id}` : `other:${id}`;
  }
}

/** `component:a:b` is the component `a:b`. */
export function split(key: ActorKey): [kind: string, id: string] {
  const colon = key.indexOf(':');
  return colon < 0 ? [key, ''] : [key.slice(0, colon), key.slice(colon + 1)];
}

/** The statechart behind an actor; undefined for one that is none. */
export function machineOf(ref: unknown): InstanceOfMachine | undefined {
  const logic: unknown = typeof ref === 'object' && ref !== null ? Reflect.get(ref, 'logic') : undefined;
  return logic instanceof StateMachine ? logic : undefined;
}

type InstanceOfMachine = InstanceType<typeof StateMachine>;

const isActor = (value: unknown): value is AnyActorRef =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'getSnapshot') === 'function';

const isMachine = (value: unknown): value is AnyActorRef => isActor(value) && machineOf(value) !== undefined;

const parentOf = (ref: ActorRefLike): unknown => Reflect.get(ref, '_parent');
