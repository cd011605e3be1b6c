import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { InvalidConfigError } from '../../domain/errors.ts';

/** From RFC 6455, section 1.3. */
const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** Longest message that is read, bytes; what receivers say is short. */
const MOST_BYTES = 65_536;
const MOST_CLIENTS = 8;
/** A client that has so much left to read misses messages rather than have us keep them, bytes. */
const MOST_UNREAD = 4_000_000;

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

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
 * A WebSocket server of its own (RFC 6455, text frames, no extensions), because Node has none and Stately's receivers speak
 * nothing else. Loopback only: their protocols have no token.
 * @throws InvalidConfigError for another address.
 */
export async function listenForSockets(options: SocketOptions): Promise<SocketServer> {
  const { host } = options;
  if (host !== '127.0.0.1' && host !== '::1' && host !== 'localhost')
    throw new InvalidConfigError(
      `Stately's protocols have no token: host must be this machine's own (given: ${host}).`,
    );
  const clients = new Set<Client>();
  const server = createServer((_request, response) => response.writeHead(426).end());
  server.on('upgrade', (request, socket) => {
    socket.on('error', () => socket.destroy());
    const key = keyOf(request, options.origins);
    if (key === undefined || clients.size >= MOST_CLIENTS) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    const accept = createHash('sha1')
      .update(key + MAGIC)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    const client = new Client(socket, (text) => options.onMessage(client, text));
    clients.add(client);
    socket.on('close', () => {
      clients.delete(client);
      options.onClose(client);
    });
    options.onConnect(client);
  });
  server.listen(options.port, host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    async close() {
      for (const client of clients) client.end();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The handshake's key, if the caller may come in: by a name of this machine, and from no foreign page. */
function keyOf({ headers }: IncomingMessage, origins: readonly string[]): string | undefined {
  if (!/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(headers.host ?? '')) return undefined;
  if (headers.origin !== undefined && !origins.includes(headers.origin)) return undefined;
  if (headers['sec-websocket-version'] !== '13') return undefined;
  return headers['sec-websocket-key'];
}

class Client implements SocketClient {
  private readonly socket: Duplex;
  private readonly onText: (text: string) => void;
  private unread: Buffer = Buffer.alloc(0);
  private parts: Buffer[] = [];
  private size = 0;

  constructor(socket: Duplex, onText: (text: string) => void) {
    this.socket = socket;
    this.onText = onText;
    socket.on('data', (chunk: Buffer) => this.read(chunk));
  }

  send(text: string): boolean {
    if (this.socket.destroyed || this.socket.writableLength > MOST_UNREAD) return false;
    this.write(TEXT, Buffer.from(text));
    return true;
  }

  end(): void {
    this.write(CLOSE, Buffer.from([0x03, 0xe8]));
    this.socket.end();
  }

  private write(opcode: number, payload: Buffer): void {
    const { length } = payload;
    const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
    head[0] = 0x80 | opcode;
    if (length < 126) head[1] = length;
    else if (length < 65_536) {
      head[1] = 126;
      head.writeUInt16BE(length, 2);
    } else {
      head[1] = 127;
      head.writeBigUInt64BE(BigInt(length), 2);
    }
    this.socket.write(head);
    this.socket.write(payload);
  }

  private read(chunk: Buffer): void {
    this.unread = Buffer.concat([this.unread, chunk]);
    for (;;) {
      const used = this.readFrame(this.unread);
      if (used === 0 || this.socket.destroyed) return;
      this.unread = this.unread.subarray(used);
    }
  }

  /** @returns how many bytes the first frame took; 0 when it is not all there yet. */
  private readFrame(bytes: Buffer): number {
    if (bytes.length < 2) return 0;
    const final = (bytes[0]! & 0x80) !== 0;
    const opcode = bytes[0]! & 0x0f;
    const masked = (bytes[1]! & 0x80) !== 0;
    let length = bytes[1]! & 0x7f;
    let at = 2;
    if (length === 126) {
      if (bytes.length < 4) return 0;
      length = bytes.readUInt16BE(2);
      at = 4;
    }
    // clients must mask what they send, and what is longer than we read is not ours
    if (!masked || length === 127 || this.size + length > MOST_BYTES) {
      this.socket.destroy();
      return 0;
    }
    if (bytes.length < at + 4 + length) return 0;
    const mask = bytes.subarray(at, at + 4);
    const payload = Buffer.from(bytes.subarray(at + 4, at + 4 + length));
    for (let k = 0; k < payload.length; k++) payload[k] = payload[k]! ^ mask[k & 3]!;
    this.take(opcode, final, payload);
    return at + 4 + length;
  }

  private take(opcode: number, final: boolean, payload: Buffer): void {
    if (opcode === CLOSE) this.end();
    else if (opcode === PING) this.write(PONG, payload);
    else if (opcode <= 2) {
      this.parts.push(payload);
      this.size += payload.length;
      if (!final) return;
      const text = Buffer.concat(this.parts).toString('utf8');
      this.parts = [];
      this.size = 0;
      this.onText(text);
    }
  }
}
