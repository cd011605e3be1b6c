import type { ActorRefLike, AnyActorRef, AnyEventObject, Snapshot } from 'xstate';
import type { Clock } from '../../domain/ports.ts';
import { machineOf } from '../server/actor-directory.ts';
import { redact, type VisibleFields } from '../server/redaction.ts';
import { type ForwardedEventListener, safeJson } from './event-forwarder.ts';

/** Version of @statelyai/inspect whose protocol this is. */
const PROTOCOL = '0.7.2';

/** An event of @statelyai/inspect 0.7. */
export type StatelyEvent =
  | (StatelyBase & {
      readonly type: '@xstate.actor';
      readonly name: string;
      readonly definition: string;
      readonly parentId: string | undefined;
      readonly snapshot: StatelySnapshot;
    })
  | (StatelyBase & {
      readonly type: '@xstate.event';
      readonly event: AnyEventObject;
      readonly sourceId: string | undefined;
    })
  | (StatelyBase & {
      readonly type: '@xstate.snapshot';
      readonly event: AnyEventObject;
      readonly snapshot: StatelySnapshot;
    });

interface StatelyBase {
  readonly _version: string;
  readonly createdAt: string;
  readonly id: null;
  readonly rootId: string;
  readonly sessionId: string;
}

interface StatelySnapshot {
  readonly status: string;
  readonly value?: unknown;
  readonly context?: unknown;
  readonly error?: unknown;
}

/** Tells what happens to actors in the words of @statelyai/inspect. */
export class StatelyEmitter implements ForwardedEventListener {
  private readonly send: (event: StatelyEvent) => void;
  private readonly clock: Clock;
  private readonly reveal: VisibleFields;
  private readonly rootId: string;
  private readonly definitions = new WeakMap<object, string>();

  constructor(send: (event: StatelyEvent) => void, clock: Clock, reveal: VisibleFields, rootId: string) {
    this.send = send;
    this.clock = clock;
    this.reveal = reveal;
    this.rootId = rootId;
  }

  actor(ref: AnyActorRef): void {
    const parent: unknown = Reflect.get(ref, '_parent');
    this.send({
      ...this.base(ref),
      type: '@xstate.actor',
      name: ref.id,
      definition: this.definitionOf(ref),
      parentId: sessionOf(parent),
      snapshot: this.snapshotOf(ref.getSnapshot()),
    });
  }

  event(ref: ActorRefLike, source: ActorRefLike | undefined, event: AnyEventObject): void {
    this.send({
      ...this.base(ref),
      type: '@xstate.event',
      event: this.eventOf(event),
      sourceId: source?.sessionId,
    });
  }

  snapshot(ref: ActorRefLike, snapshot: Snapshot<unknown>, event: AnyEventObject): void {
    this.send({
      ...this.base(ref),
      type: '@xstate.snapshot',
      event: this.eventOf(event),
      snapshot: this.snapshotOf(snapshot),
    });
  }

  /** This protocol has no message for it: the last snapshot says `done`, `stopped` or `error`. */
  stopped(): void {}

  private base(ref: ActorRefLike): StatelyBase {
    return {
      _version: PROTOCOL,
      createdAt: String(Math.round(this.clock.now())),
      id: null,
      rootId: this.rootId,
      sessionId: ref.sessionId,
    };
  }

  private eventOf(event: AnyEventObject): AnyEventObject {
    return { type: event.type, ...redact(event, this.reveal.event) };
  }

  private snapshotOf(snapshot: unknown): StatelySnapshot {
    if (typeof snapshot !== 'object' || snapshot === null) return { status: 'active' };
    const error: unknown = Reflect.get(snapshot, 'error');
    return {
      status: String(Reflect.get(snapshot, 'status')),
      value: Reflect.get(snapshot, 'value'),
      context: redact(Reflect.get(snapshot, 'context'), this.reveal.context) ?? {},
      ...(error === undefined ? {} : { error: error instanceof Error ? error.name : 'error' }),
    };
  }

  private definitionOf(ref: AnyActorRef): string {
    const machine = machineOf(ref);
    if (machine === undefined) return safeJson({ id: ref.id });
    let text = this.definitions.get(machine);
    if (text === undefined) {
      text = safeJson(machine.config);
      this.definitions.set(machine, text);
    }
    return text;
  }
}

const sessionOf = (ref: unknown): string | undefined => {
  const id: unknown = typeof ref === 'object' && ref !== null ? Reflect.get(ref, 'sessionId') : undefined;
  return typeof id === 'string' ? id : undefined;
};

/** Session id of the actor at the top of its system. */
export function rootOf(ref: object): string {
  let top: object = ref;
  for (let parent: unknown = Reflect.get(top, '_parent'); typeof parent === 'object' && parent !== null; ) {
    top = parent;
    parent = Reflect.get(top, '_parent');
  }
  return sessionOf(top) ?? '';
}
