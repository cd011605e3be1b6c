import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { InvalidConfigError } from '../../domain/errors.ts';

/** Longest message that is read, bytes; what receivers say is short. */
const MOST_BYTES = 65_536;
const MOST_CLIENTS = 8;
/** Connections at a time, with those that have not said what they want. */
const MOST_CONNECTIONS = 64;
/** A client that has so much left to read misses messages rather than have us keep them, bytes. */
const MOST_UNREAD = 4_000_000;
/** One that has so much left to read and pings all the same is hung up on, bytes. */
const MOST_UNREAD_PONGS = 65_536;
/** How long a client may take to say goodbye, ms. */
const GOODBYE_MS = 200;

/** A connected receiver. */
export interface SocketClient {
  /** @returns false when it has too much left to read, so that the message was dropped. */
  send(text: string): boolean;
}

export interface SocketOptions {
  readonly port: number;
  readonly host: string;
  /** Origins of pages that may connect; programs send none. */
  readonly origins: readonly string[];
  readonly onConnect: (client: SocketClient) => void;
  readonly onMessage: (client: SocketClient, text: string) => void;
  readonly onClose: (client: SocketClient) => void;
}

export interface SocketServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * A WebSocket server for Stately's receivers, which speak nothing else. Loopback only: their protocols have no token.
 * @throws InvalidConfigError for another address.
 */
export async function listenForSockets(options: SocketOptions): Promise<SocketServer> {
  const { host } = options;
  if (host !== '127.0.0.1' && host !== '::1' && host !== 'localhost')
    throw new InvalidConfigError(
      `Stately's protocols have no token: host must be this machine's own (given: ${host}).`,
    );
  const { WebSocketServer } = await import('ws');
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_BYTES,
    perMessageDeflate: false,
    // by hand, below: a pong for each ping is kept for whoever does not read them
    autoPong: false,
  });
  const server = createServer({ connectionsCheckingInterval: 1_000 }, (_request, response) => {
    response.writeHead(426).end();
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (!isWelcome(request, options.origins) || sockets.clients.size >= MOST_CLIENTS) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => welcome(webSocket, options));
  });
  server.listen(options.port, host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    async close() {
      for (const client of sockets.clients) client.close(1_000);
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      // who does not hang up is hung up on
      const last = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
      }, GOODBYE_MS);
      await closed;
      clearTimeout(last);
    },
  };
}

/** By a name of this machine, and from no foreign page. */
function isWelcome({ headers }: IncomingMessage, origins: readonly string[]): boolean {
  if (!/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(headers.host ?? '')) return false;
  return headers.origin === undefined || origins.includes(headers.origin);
}

function welcome(webSocket: WebSocket, { onConnect, onMessage, onClose }: SocketOptions): void {
  const client: SocketClient = {
    send(text) {
      if (webSocket.readyState !== webSocket.OPEN || webSocket.bufferedAmount > MOST_UNREAD) return false;
      webSocket.send(text);
      return true;
    },
  };
  // what it sends is no WebSocket, or too long: the library says so and hangs up
  webSocket.on('error', () => webSocket.terminate());
  webSocket.on('ping', (data) => {
    if (webSocket.bufferedAmount > MOST_UNREAD_PONGS) webSocket.terminate();
    else webSocket.pong(data);
  });
  webSocket.on('message', (data) => onMessage(client, String(data)));
  webSocket.on('close', () => onClose(client));
  onConnect(client);
}
