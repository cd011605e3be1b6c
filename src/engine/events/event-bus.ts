import type { CommandRefused, Fact, FactOfType, FactReceiver, FactType } from '../../domain/events.ts';
import type { FactChannel } from '../../domain/ports.ts';
import { onRejection } from '../../lib/contain-rejection.ts';
import { DoubleBuffer } from '../../lib/double-buffer.ts';
import { type ActorHandle, rawListenersOf } from '../../lib/xstate-internals.ts';
import type { Effect } from './effect.ts';

/** Where contained errors go; must not throw. */
export type OnError = (message: string, cause: unknown) => void;

/** Leaves something for after the present transition. */
export type Enqueue = (effect: Effect) => void;

/** Of a type of fact. One that was removed while a fact is delivered hears it no more, one that was added hears the next. */
interface Listener {
  readonly call: (fact: Fact) => unknown;
  removed: boolean;
}

const NOW = Promise.resolve();
const NO_CHANNEL: FactChannel = { hasSubscribers: false, publish: () => {} };

class Publication implements Effect {
  private readonly hub: EventBus;
  private readonly fact: Fact;

  constructor(bus: EventBus, fact: Fact) {
    this.hub = bus;
    this.fact = fact;
  }

  run(): void {
    this.hub.deliver(this.fact);
  }
}

class Reply implements Effect {
  private readonly to: FactReceiver;
  private readonly fact: Fact;

  constructor(to: FactReceiver, fact: Fact) {
    this.to = to;
    this.fact = fact;
  }

  run(): unknown {
    return isGone(this.to) ? undefined : this.to.send(this.fact);
  }
}

/** Receives the refusal of a command at once, not from the outbox: a method call returns it to its caller. */
export class CommandReply implements FactReceiver {
  refusal: CommandRefused | undefined = undefined;

  send(fact: Fact): void {
    if (fact.type === 'command.refused') this.refusal = fact;
  }
}

/** An actor that has stopped: sending to it would be lost, with a warning on the console. */
export function isGone(receiver: FactReceiver): boolean {
  if (!('getSnapshot' in receiver) || typeof receiver.getSnapshot !== 'function') return false;
  const snapshot: unknown = receiver.getSnapshot();
  return typeof snapshot === 'object' && snapshot !== null && 'status' in snapshot && snapshot.status !== 'active';
}

/**
 * The way out of the balancer. User code runs only after the transition has returned: the first effect in the outbox
 * schedules one microtask, so that a handler or listener may call back in and get a real answer. Facts that nobody
 * listens to are not even made (`isObserved`).
 */
export class EventBus {
  private readonly outbox = new DoubleBuffer<Effect>();
  private scheduled = false;
  private draining = false;
  /** Each list is replaced when it changes, so that a delivery that is under way goes through those of its beginning. */
  private readonly listeners = new Map<FactType | '*', readonly Listener[]>();
  private readonly subscribers = new Map<FactReceiver, ReadonlySet<FactType> | undefined>();
  private subscriptions: readonly (readonly [FactReceiver, ReadonlySet<FactType> | undefined])[] = [];
  /** What listeners and subscribers want, all together. */
  private observedTypes: ReadonlySet<FactType | '*'> = new Set();
  private listening = false;
  private readonly emit: (fact: Fact) => void;
  private readonly raw: ReadonlyMap<string, ReadonlySet<unknown>>;
  private readonly onError: OnError;
  /** Sends what this tick has gathered, before its effects run; must not throw. @returns whether there was anything. */
  private readonly flushTick: () => boolean;
  private readonly drainLater: () => void;
  private readonly channel: FactChannel;
  /** Whether somebody hears the channel: looked at once a tick, since to ask for each fact costs a request 8 % of its time. */
  private channelIsHeard = false;
  private readonly self: ActorHandle;

  /** @param around calls what it is given: listeners belong to nobody, whoever has set them going. */
  constructor(
    self: ActorHandle,
    emit: (fact: Fact) => void,
    onError: OnError,
    flushTick = () => false,
    around = (drain: () => void): void => drain(),
    channel = NO_CHANNEL,
  ) {
    this.self = self;
    this.channel = channel;
    this.raw = rawListenersOf(self);
    this.emit = emit;
    this.onError = onError;
    this.flushTick = flushTick;
    const drain = (): void => this.drain();
    this.drainLater = () => around(drain);
  }

  enqueue(effect: Effect): void {
    this.outbox.current.add(effect);
    this.wake();
  }

  /** There is something to do when the present transition has returned. */
  wake(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    if (this.channel.hasSubscribers !== this.channelIsHeard) this.refreshObserved();
    // half the price of queueMicrotask, which makes an AsyncResource
    NOW.then(this.drainLater);
  }

  publish(fact: Fact): void {
    if (this.isObserved(fact.type)) this.enqueue(new Publication(this, fact));
  }

  reply(to: FactReceiver | undefined, fact: Fact): void {
    if (to instanceof CommandReply) to.send(fact);
    else if (to !== undefined) this.enqueue(new Reply(to, fact));
  }

  /** Whether anybody would see a fact of this type. */
  isObserved(type: FactType): boolean {
    // mostly nobody listens at all; hot: docs/performance.md#2
    return (this.listening || this.raw.size > 0) && this.isObservedType(type);
  }

  private isObservedType(type: FactType): boolean {
    const { observedTypes, raw } = this;
    if (observedTypes.has('*') || observedTypes.has(type)) return true;
    return (raw.get(type)?.size ?? 0) > 0 || (raw.get('*')?.size ?? 0) > 0;
  }

  /** Runs everything in the outbox, and what that adds to it. */
  drain(): void {
    if (this.draining) return;
    this.draining = true;
    try {
      for (;;) {
        const sent = this.flushTick();
        if (this.outbox.current.count === 0) {
          // what was sent may have run user code that has submitted more
          if (sent) continue;
          break;
        }
        const effects = this.outbox.take();
        for (let k = 0; k < effects.count; k++) {
          try {
            this.watch(effects.items[k]!.run(), 'an observer threw');
          } catch (cause) {
            this.onError('an observer threw', cause);
          }
        }
        effects.empty();
      }
    } finally {
      this.draining = false;
      this.scheduled = false;
    }
  }

  deliver(fact: Fact): void {
    this.notify(this.listeners.get(fact.type), fact);
    this.notify(this.listeners.get('*'), fact);
    for (const [subscriber, types] of this.subscriptions) {
      if (types !== undefined && !types.has(fact.type)) continue;
      if (!this.subscribers.has(subscriber)) continue;
      try {
        if (isGone(subscriber)) this.unsubscribe(subscriber);
        else this.watch(subscriber.send(fact), 'a subscriber threw');
      } catch (cause) {
        this.onError('a subscriber threw', cause);
      }
    }
    if (this.channel.hasSubscribers) this.channel.publish({ balancer: this.self.id, fact });
    this.emit(fact);
  }

  listen<T extends FactType>(type: T, listener: (fact: FactOfType<T>) => void): () => void;
  listen(type: '*', listener: (fact: Fact) => void): () => void;
  listen(type: FactType | '*', listener: (fact: never) => void): () => void;
  listen(type: FactType | '*', listener: (fact: never) => void): () => void {
    const added: Listener = { call: (fact) => Reflect.apply(listener, undefined, [fact]), removed: false };
    const before = this.listeners.get(type);
    this.listeners.set(type, before === undefined ? [added] : [...before, added]);
    if (before === undefined) this.refreshObserved();
    return () => {
      if (added.removed) return;
      added.removed = true;
      const left = (this.listeners.get(type) ?? []).filter((one) => one !== added);
      if (left.length > 0) this.listeners.set(type, left);
      else {
        this.listeners.delete(type);
        this.refreshObserved();
      }
    };
  }

  subscribe(subscriber: FactReceiver, types: readonly FactType[] | undefined): void {
    this.subscribers.set(subscriber, types === undefined ? undefined : new Set(types));
    this.refreshObserved();
  }

  unsubscribe(subscriber: FactReceiver): void {
    if (this.subscribers.delete(subscriber)) this.refreshObserved();
  }

  private refreshObserved(): void {
    this.subscriptions = [...this.subscribers];
    const all = new Set<FactType | '*'>(this.listeners.keys());
    for (const types of this.subscribers.values()) for (const type of types ?? (['*'] as const)) all.add(type);
    this.channelIsHeard = this.channel.hasSubscribers;
    if (this.channelIsHeard) all.add('*');
    this.observedTypes = all;
    this.listening = all.size > 0;
  }

  /** A function of the user's whose errors are logged, whenever they come. */
  guard<A extends unknown[]>(call: (...args: A) => unknown, what: string): (...args: A) => void {
    return (...args) => {
      try {
        this.watch(call(...args), what);
      } catch (cause) {
        this.onError(what, cause);
      }
    };
  }

  /** User code may be asynchronous where nobody waits for it: a rejection that nobody handles would end the process. */
  private watch(result: unknown, what: string): void {
    if (result !== undefined) onRejection(result, (cause) => this.onError(what, cause));
  }

  private notify(listeners: readonly Listener[] | undefined, fact: Fact): void {
    if (listeners === undefined) return;
    for (const listener of listeners) {
      if (listener.removed) continue;
      try {
        this.watch(listener.call(fact), `a listener of ${fact.type} threw`);
      } catch (cause) {
        this.onError(`a listener of ${fact.type} threw`, cause);
      }
    }
  }
}
