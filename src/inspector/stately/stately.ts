import process from 'node:process';
import { systemClock } from '../../adapters/clock/system-clock.ts';
import type { Clock } from '../../domain/ports.ts';
import type { Inspectable } from '../../load-balancer/inspectable.ts';
import type { VisibleFields } from '../server/redaction.ts';
import { EventForwarder } from './event-forwarder.ts';
import { rootOf, StatelyEmitter, type StatelyEvent } from './stately-emitter.ts';
import { listenForSockets, type SocketClient } from './web-socket.ts';

const EVERY_MS = 100;

/** Where events go: the adapters of @statelyai/inspect fit. */
export interface StatelyAdapter {
  send(event: StatelyEvent): void;
  start?(): void;
  stop?(): void;
}

export interface ForeignOptions {
  /** Fields that may leave the process. Default none: types, states and names only. */
  readonly reveal?: VisibleFields | undefined;
  /** One snapshot per actor in so many ms. Default 100. */
  readonly everyMs?: number | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Gets the warning that state leaves the process. Default: standard error. */
  readonly warn?: ((message: string) => void) | undefined;
}

export interface StatelyInspection {
  /** Events that came faster than they are handed on. */
  readonly dropped: number;
  /** Tells of every live actor (again): for a receiver that has just come. */
  announce(): void;
  stop(): void;
}

export const warnOf = (options: ForeignOptions, where: string): void =>
  (options.warn ?? ((message: string) => process.stderr.write(`${message}\n`)))(
    `plimsoll: the state of the balancer's actors leaves this process, to ${where}.`,
  );

/**
 * Speaks the protocol of @statelyai/inspect 0.7 from an emitter of our own, which redacts and coalesces; the package's
 * client costs some 80 µs an event. On the call every live actor is announced with definition and snapshot.
 */
export function statelyInspection(
  balancer: Inspectable,
  adapter: StatelyAdapter,
  options: ForeignOptions = {},
): StatelyInspection {
  const { clock = systemClock, everyMs = EVERY_MS, reveal = {} } = options;
  warnOf(options, 'an adapter of Stately’s inspector');
  const listener = new StatelyEmitter((event) => adapter.send(event), clock, reveal, rootOf(balancer.actor));
  const tap = new EventForwarder(balancer, listener, clock, everyMs);
  const announce = (): void => {
    // an adapter that fails for one actor must still be told of the others
    for (const { ref } of tap.cast.all()) tap.guard(() => listener.actor(ref));
  };
  adapter.start?.();
  announce();
  tap.open();
  return {
    get dropped() {
      return tap.dropped;
    },
    announce,
    stop() {
      tap.close();
      adapter.stop?.();
    },
  };
}

export interface ServedInspection {
  /** For `createWebSocketReceiver`. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface ServeOptions extends ForeignOptions {
  /** Default 0: any free one. */
  readonly port?: number | undefined;
  /** Default `127.0.0.1`; only this machine's own addresses. */
  readonly host?: string | undefined;
  /** Origins of pages that may connect. Default none; programs send none. */
  readonly origins?: readonly string[] | undefined;
}

/** The same as a WebSocket server on this machine; listens to the actors only while a receiver is connected. */
export async function serveStately(balancer: Inspectable, options: ServeOptions = {}): Promise<ServedInspection> {
  const { host = '127.0.0.1', port = 0, origins = [] } = options;
  const clients = new Set<SocketClient>();
  let inspection: StatelyInspection | undefined;
  const send = (event: StatelyEvent): void => {
    const text = JSON.stringify(event);
    for (const client of clients) client.send(text);
  };
  const server = await listenForSockets({
    host,
    port,
    origins,
    onConnect(client) {
      clients.add(client);
      if (inspection === undefined) inspection = statelyInspection(balancer, { send }, { ...options, warn: () => {} });
      else inspection.announce();
    },
    onMessage() {},
    onClose(client) {
      clients.delete(client);
      if (clients.size > 0) return;
      inspection?.stop();
      inspection = undefined;
    },
  });
  const url = `ws://${host === '::1' ? '[::1]' : host}:${server.port}`;
  warnOf(options, url);
  return {
    url,
    port: server.port,
    async close() {
      inspection?.stop();
      await server.close();
    },
  };
}
