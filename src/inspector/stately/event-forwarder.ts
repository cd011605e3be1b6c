import type { ActorRefLike, AnyActorRef, AnyEventObject, InspectionEvent, Snapshot } from 'xstate';
import type { Clock } from '../../domain/ports.ts';
import type { Inspectable } from '../../load-balancer/inspectable.ts';
import { ActorDirectory } from '../server/actor-directory.ts';

/** What a protocol makes of what happens to the actors. */
export interface ForwardedEventListener {
  actor(ref: AnyActorRef): void;
  event(ref: ActorRefLike, source: ActorRefLike | undefined, event: AnyEventObject): void;
  /** The latest snapshot since the last flush. */
  snapshot(ref: ActorRefLike, snapshot: Snapshot<unknown>, event: AnyEventObject): void;
  stopped(ref: ActorRefLike): void;
}

interface Pending {
  snapshot: Snapshot<unknown>;
  event: AnyEventObject;
}

/** Events handed on per flush; what comes faster is counted, not shown. */
const MAX_EVENTS = 200;

/**
 * Listens to the balancer's actors for a foreign inspector: only its own actors, at most so many events per flush, one
 * snapshot per actor and flush. It survives what it hears: an error in the listener ends the call, not the balancer.
 */
export class EventForwarder {
  /** Events that were not handed on. */
  dropped = 0;
  readonly cast: ActorDirectory;
  private readonly balancer: Inspectable;
  private readonly listener: ForwardedEventListener;
  private readonly clock: Clock;
  private readonly everyMs: number;
  private readonly pending = new Map<ActorRefLike, Pending>();
  private readonly known = new Set<ActorRefLike>();
  private events = 0;
  private timer: unknown;
  private detach: (() => void) | undefined;

  constructor(balancer: Inspectable, listener: ForwardedEventListener, clock: Clock, everyMs: number) {
    this.balancer = balancer;
    this.cast = new ActorDirectory(balancer);
    this.listener = listener;
    this.clock = clock;
    this.everyMs = everyMs;
  }

  get isOpen(): boolean {
    return this.detach !== undefined;
  }

  open(): void {
    if (this.isOpen) return;
    const subscription = this.balancer.actor.system.inspect({
      next: (event: InspectionEvent) => this.guard(() => this.hear(event)),
    });
    const endOverhearing = this.balancer.observeMessages();
    this.detach = () => {
      subscription.unsubscribe();
      endOverhearing();
    };
    for (const { ref } of this.cast.all()) this.known.add(ref);
    this.again();
  }

  close(): void {
    this.detach?.();
    this.detach = undefined;
    this.clock.clearTimeout(this.timer);
    this.pending.clear();
    this.known.clear();
  }

  private again(): void {
    this.timer = this.clock.setTimeout(() => {
      this.flush();
      this.again();
    }, this.everyMs);
  }

  private flush(): void {
    this.events = 0;
    for (const [ref, { snapshot, event }] of this.pending) {
      this.guard(() => this.listener.snapshot(ref, snapshot, event));
      if (snapshot.status !== 'active') {
        this.known.delete(ref);
        this.guard(() => this.listener.stopped(ref));
      }
    }
    this.pending.clear();
  }

  private hear(event: InspectionEvent): void {
    const ref = event.actorRef;
    if (!this.cast.owns(ref)) return;
    if (event.type === '@xstate.event') {
      this.meet(ref);
      if (++this.events > MAX_EVENTS) this.dropped++;
      else this.listener.event(ref, event.sourceRef, event.event);
    } else if (event.type === '@xstate.snapshot') {
      this.meet(ref);
      this.pending.set(ref, { snapshot: event.snapshot, event: event.event });
    }
  }

  /** An actor is announced with its first event rather than its creation: then it has a snapshot. */
  private meet(ref: ActorRefLike): void {
    if (this.known.has(ref)) return;
    this.known.add(ref);
    if (isActor(ref)) this.listener.actor(ref);
  }

  /** Runs what an observer does; its errors are counted as dropped. */
  guard(run: () => void): void {
    try {
      run();
    } catch {
      this.dropped++;
    }
  }
}

const isActor = (ref: ActorRefLike): ref is AnyActorRef =>
  'getSnapshot' in ref && typeof ref.getSnapshot === 'function';

/** `JSON.stringify` for anything: functions by their name, what is met again as a word. */
export function safeJson(value: unknown): string {
  const above: unknown[] = [];
  return JSON.stringify(value, function (this: unknown, _key, inner: unknown) {
    if (typeof inner === 'function') return { type: inner.name === '' ? '(inline)' : inner.name };
    if (typeof inner === 'bigint') return String(inner);
    if (typeof inner !== 'object' || inner === null) return inner;
    while (above.length > 0 && above.at(-1) !== this) above.pop();
    if (above.includes(inner)) return '(circular)';
    if ('getSnapshot' in inner) return '(actor)';
    above.push(inner);
    return inner;
  });
}
