import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How long an answer to a stranger may take to be read, ms. */
const SLOW_READER_MS = 10_000;

/**
 * Connections that are in no request now: those that have never said anything, and those that are kept for the next one. Beyond so many
 * connections the one that has been idle for longest gives way to a newcomer, so that silence keeps nobody out.
 */
export class IdleConnections {
  /** The longest idle first. */
  private readonly idle = new Set<Socket>();
  private open = 0;

  /** @param most connections, of whatever kind, from which on the idle ones give way. */
  constructor(http: Server, most: number) {
    http.on('connection', (socket: Socket) => {
      this.open++;
      this.idle.add(socket);
      socket.once('close', () => {
        this.open--;
        this.idle.delete(socket);
      });
      if (this.open > most) this.dropOne();
    });
  }

  /** A request has begun; when its answer has gone, its connection is idle again. */
  busy({ socket }: IncomingMessage, response: ServerResponse): void {
    this.idle.delete(socket);
    response.once('close', () => {
      if (!socket.destroyed) this.idle.add(socket);
    });
  }

  private dropOne(): void {
    const [oldest] = this.idle;
    if (oldest === undefined) return;
    this.idle.delete(oldest);
    oldest.destroy();
  }
}

/** Whoever does not read what anybody may have is hung up on. */
export function hurry(response: ServerResponse): void {
  response.setTimeout(SLOW_READER_MS, () => response.destroy());
  response.once('finish', () => response.setTimeout(0));
}
