import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { isIP } from 'node:net';
import process from 'node:process';
import { systemClock } from '../adapters/clock/system-clock.ts';
import { AccessControl } from '../adapters/http/access-control.ts';
import { InvalidConfigError } from '../domain/errors.ts';
import type { Clock } from '../domain/ports.ts';
import type { Inspectable } from '../load-balancer/inspectable.ts';
import { publishAddress } from './discovery.ts';
import { openPage } from './open-browser.ts';
import type { AuditEntry } from './protocol.ts';
import { ActorDirectory } from './server/actor-directory.ts';
import { Administration } from './server/admin-actions.ts';
import { Broadcast } from './server/broadcast.ts';
import { ChangeLog } from './server/change-log.ts';
import { History } from './server/history.ts';
import { MessageSampler } from './server/message-sampler.ts';
import type { VisibleFields } from './server/redaction.ts';
import { InspectorServer } from './server/server.ts';

export interface InspectOptions {
  /** Default 0: any free one. */
  readonly port?: number | undefined;
  /** Default `127.0.0.1`. Another address than this machine's own needs `allowRemote` and a `token`. */
  readonly host?: string | undefined;
  /** Whether `host` may be an address that other machines reach. Default false. */
  readonly allowRemote?: boolean | undefined;
  /** Further names that the server answers to, e.g. `bot.lan:9000`; the address and `localhost` it knows. Default: none. */
  readonly hosts?: readonly string[] | undefined;
  /** At least 32 characters without blanks. Default: 192 random bits. */
  readonly token?: string | undefined;
  /** Whether viewers may steer. Default false. */
  readonly admin?: boolean | undefined;
  /** Fields of events and contexts that viewers may see. Default none. */
  readonly reveal?: VisibleFields | undefined;
  /** Gets each entry of the audit log, to keep it. Default: nobody does. */
  readonly onAudit?: ((entry: AuditEntry) => void) | undefined;
  /** Leaves the address in a file that only this user can read, for `plimsoll top` and `plimsoll inspect`. Default false. */
  readonly announce?: boolean | undefined;
  /** Opens the page in this user's browser, if there is a screen and standard error is a terminal. Default false. */
  readonly open?: boolean | undefined;
  /** Default: the system's. That of the balancer, if it has one of its own. */
  readonly clock?: Clock | undefined;
}

/** A running inspector. */
export interface Inspector {
  /** Address of the page, with the token behind the `#`, where no server and no log sees it. */
  readonly url: string;
  readonly token: string;
  readonly port: number;
  /** Says goodbye to the viewers and ends the server. The balancer goes on. */
  close(): Promise<void>;
}

const SHORTEST_TOKEN = 32;
const TOKEN_BYTES = 24;

/**
 * Serves a page on which a person sees the balancer at work and, if allowed, steers it.
 * @param balancer a `LoadBalancer`, or `inspectable(actor)`.
 * @throws InvalidConfigError for an address that others can reach without `allowRemote` and `token`, or a short token.
 * @throws the system's error when the port is taken.
 */
export async function inspect(balancer: Inspectable, options: InspectOptions = {}): Promise<Inspector> {
  const { host = '127.0.0.1', port = 0, admin = false, clock = systemClock, reveal = {} } = options;
  const token = tokenOf(options, host);
  const now = (): number => clock.now();
  const cast = new ActorDirectory(balancer);
  const recorder = new ChangeLog(balancer, now);
  const history = new History();
  const post = new MessageSampler(balancer, cast, now, reveal);
  const sources = { balancer, cast, recorder, history, post, clock, reveal };
  const broadcast = new Broadcast(sources);
  const gate = new AccessControl(token);
  const administration = new Administration(balancer, recorder, now, admin, options.onAudit);
  const { http } = new InspectorServer({ sources, broadcast, administration, gate, admin });
  let bound = port;
  let url = '';
  let withdraw: (() => void) | undefined;
  try {
    http.listen(port, host);
    await once(http, 'listening');
    const address = http.address();
    if (typeof address === 'object' && address !== null) bound = address.port;
    gate.allow(namesOf(host, bound, options.hosts));
    broadcast.start();
    url = `http://${authority(host, bound)}/#token=${token}`;
    if (options.announce === true) withdraw = publishAddress(url);
    if (options.open === true && process.stderr.isTTY) openPage(url);
  } catch (error) {
    // whoever gets the error has nothing to close
    withdraw?.();
    recorder.close();
    broadcast.stop('the inspector could not start');
    http.close();
    http.closeAllConnections();
    throw error;
  }
  return {
    url,
    token,
    port: bound,
    async close() {
      if (!http.listening) return;
      withdraw?.();
      recorder.close();
      broadcast.stop('the inspector was closed');
      const closed = once(http, 'close');
      http.close();
      http.closeIdleConnections();
      // viewers have been told; who does not hang up is hung up on
      const last = setTimeout(() => http.closeAllConnections(), 200);
      await closed;
      clearTimeout(last);
    },
  };
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

function tokenOf({ token, allowRemote }: InspectOptions, host: string): string {
  if (!isLoopback(host) && (allowRemote !== true || token === undefined)) {
    throw new InvalidConfigError(
      `Others could reach the inspector at ${host}. Give allowRemote: true and a token of your own, or leave host out.`,
      { value: host },
    );
  }
  if (token === undefined) return randomBytes(TOKEN_BYTES).toString('base64url');
  if (typeof token !== 'string' || !/^[\w.~+/=-]+$/.test(token) || token.length < SHORTEST_TOKEN) {
    throw new InvalidConfigError(
      `token: expected at least ${SHORTEST_TOKEN} letters, digits or . _ ~ + / = - (given: ${String(token).length} characters).`,
    );
  }
  return token;
}

const authority = (host: string, port: number): string => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;

function namesOf(host: string, port: number, more: readonly string[] = []): string[] {
  const names = [authority(host, port), ...more];
  return isLoopback(host) ? [...names, `localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`] : names;
}
