import type { ActorRefLike, AnyActorRef, AnyEventObject, Snapshot } from 'xstate';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import { ALGORITHMS } from '../../domain/algorithm.ts';
import type { Inspectable } from '../../load-balancer/inspectable.ts';
import { machineOf } from '../server/actor-directory.ts';
import { redact, type VisibleFields } from '../server/redaction.ts';
import { EventForwarder, type ForwardedEventListener, safeJson } from './event-forwarder.ts';
import { type ServedInspection, type ServeOptions, warnOf } from './stately.ts';
import { listenForSockets, type SocketClient } from './web-socket.ts';
import { toV4 } from './xstate4-config.ts';

const EVERY_MS = 100;

export interface XStateInspectionOptions extends ServeOptions {
  /** Whether receivers may send the commands that people steer with (drain, resume, fail, recover, pause …) to the balancer. Default false. */
  readonly acceptEvents?: boolean | undefined;
}

/**
 * Speaks the WebSocket protocol of @xstate/inspect 0.8, whose receivers are built on XState 4, for actors of XState 5.
 * Loopback only; nothing is listened to until a receiver says `xstate.inspecting`.
 */
export async function xstateInspection(
  balancer: Inspectable,
  options: XStateInspectionOptions = {},
): Promise<ServedInspection> {
  const { host = '127.0.0.1', port = 0, origins = [], clock = systemClock, everyMs = EVERY_MS, reveal = {} } = options;
  const ready = new Set<SocketClient>();
  const listener = new V4Emitter(reveal, (text) => {
    for (const client of ready) client.send(text);
  });
  const tap = new EventForwarder(balancer, listener, clock, everyMs);
  const server = await listenForSockets({
    host,
    port,
    origins,
    onConnect() {},
    onMessage(client, text) {
      const message = parse(text);
      if (message?.type === 'xstate.inspecting') {
        ready.add(client);
        for (const { ref } of tap.cast.all()) client.send(listener.registration(ref));
        tap.open();
      } else if (message?.type === 'xstate.event' && options.acceptEvents === true) steer(balancer, message.event);
    },
    onClose(client) {
      ready.delete(client);
      if (ready.size === 0) tap.close();
    },
  });
  const url = `${host === '::1' ? '[::1]' : host}:${server.port}`;
  warnOf(options, `ws://${url}`);
  return {
    url,
    port: server.port,
    async close() {
      tap.close();
      await server.close();
    },
  };
}

function parse(text: string): { type: unknown; event: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null
      ? { type: Reflect.get(value, 'type'), event: Reflect.get(value, 'event') }
      : undefined;
  } catch {
    return undefined;
  }
}

/** An event from a receiver. Only what people steer with: anything else is for the balancer's own parts. */
function steer(balancer: Inspectable, scxml: unknown): void {
  const wrapped = typeof scxml === 'string' ? parseObject(scxml) : undefined;
  const data: unknown = wrapped === undefined ? undefined : Reflect.get(wrapped, 'data');
  if (typeof data !== 'object' || data === null) return;
  const componentId: unknown = Reflect.get(data, 'componentId');
  const algorithm: unknown = Reflect.get(data, 'algorithm');
  const type: unknown = Reflect.get(data, 'type');
  if (type === 'balancer.pause') balancer.pauseDispatch();
  else if (type === 'balancer.resume') balancer.resumeDispatch();
  else if (type === 'algorithm.select') {
    const known = ALGORITHMS.find((name) => name === algorithm);
    if (known !== undefined) balancer.selectAlgorithm(known);
  } else if (typeof componentId === 'string') {
    if (type === 'component.drain') balancer.drain(componentId, 'inspector');
    else if (type === 'component.resume') balancer.resume(componentId, 'inspector');
    else if (type === 'component.fail') balancer.fail(componentId, 'inspector');
    else if (type === 'component.recover') balancer.recover(componentId, 'inspector');
  }
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The parts of what receivers get are JSON in JSON: they parse `machine`, `state` and `event` by themselves. */
class V4Emitter implements ForwardedEventListener {
  private readonly reveal: VisibleFields;
  private readonly cast: (text: string) => void;
  private readonly last = new WeakMap<ActorRefLike, AnyEventObject>();
  private readonly definitions = new WeakMap<object, string>();

  constructor(reveal: VisibleFields, cast: (text: string) => void) {
    this.reveal = reveal;
    this.cast = cast;
  }

  registration(ref: AnyActorRef): string {
    const parent: unknown = Reflect.get(ref, '_parent');
    const parentId: unknown =
      typeof parent === 'object' && parent !== null ? Reflect.get(parent, 'sessionId') : undefined;
    return JSON.stringify({
      type: 'service.register',
      machine: this.definitionOf(ref),
      state: this.stateOf(ref, ref.getSnapshot(), this.last.get(ref) ?? { type: 'xstate.init' }),
      id: ref.id,
      sessionId: ref.sessionId,
      ...(typeof parentId === 'string' ? { parent: parentId } : {}),
    });
  }

  actor(ref: AnyActorRef): void {
    this.cast(this.registration(ref));
  }

  event(ref: ActorRefLike, source: ActorRefLike | undefined, event: AnyEventObject): void {
    this.last.set(ref, event);
    this.cast(
      JSON.stringify({
        type: 'service.event',
        event: JSON.stringify(this.scxml(event, source?.sessionId)),
        sessionId: ref.sessionId,
      }),
    );
  }

  snapshot(ref: ActorRefLike, snapshot: Snapshot<unknown>, event: AnyEventObject): void {
    this.cast(
      JSON.stringify({ type: 'service.state', state: this.stateOf(ref, snapshot, event), sessionId: ref.sessionId }),
    );
  }

  stopped(ref: ActorRefLike): void {
    this.cast(JSON.stringify({ type: 'service.stop', sessionId: ref.sessionId }));
  }

  private scxml(event: AnyEventObject, origin?: string): object {
    const data = { type: event.type, ...redact(event, this.reveal.event) };
    return { name: event.type, data, $$type: 'scxml', type: 'external', origin };
  }

  private stateOf(ref: ActorRefLike, snapshot: unknown, event: AnyEventObject): string {
    const of = (key: string): unknown =>
      typeof snapshot === 'object' && snapshot !== null ? Reflect.get(snapshot, key) : undefined;
    const status = of('status');
    return safeJson({
      value: of('value') ?? status ?? 'active',
      context: redact(of('context'), this.reveal.context) ?? {},
      event: { type: event.type, ...redact(event, this.reveal.event) },
      _event: this.scxml(event),
      _sessionid: ref.sessionId,
      actions: [],
      activities: {},
      meta: {},
      events: [],
      children: {},
      configuration: [],
      transitions: [],
      tags: [],
      done: status === 'done',
      changed: true,
    });
  }

  private definitionOf(ref: AnyActorRef): string {
    const machine = machineOf(ref);
    if (machine === undefined)
      return JSON.stringify({
        id: ref.id,
        initial: 'active',
        states: { active: {}, done: {}, error: {}, stopped: {} },
      });
    let text = this.definitions.get(machine);
    if (text === undefined) {
      text = safeJson(toV4(machine.root));
      this.definitions.set(machine, text);
    }
    return text;
  }
}
