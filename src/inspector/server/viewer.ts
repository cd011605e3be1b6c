import type { ServerResponse } from 'node:http';
import type { Delta, Hello, Snapshot } from '../protocol.ts';

/** A viewer that takes nothing for so long gives its place to others, ms. */
export const STALLED_MS = 60_000;

/** One stream of events to one viewer. What it has not taken yet is at most one frame: others are skipped. */
export class Viewer {
  readonly id: string;
  visible = true;
  messages = false;
  focus = 'balancer';
  /** Frame that it has seen; the next one it gets is a snapshot when `stale`. */
  frame = 0;
  stale = true;
  change = 0;
  alert = 0;
  audit = 0;
  history = 0;
  /** Bytes sent since they were last read. */
  bytes = 0;
  private readonly response: ServerResponse;
  private blockedSince: number | undefined;

  constructor(id: string, response: ServerResponse) {
    this.id = id;
    this.response = response;
  }

  /** Whether it can take a frame now. One that is behind is skipped, and gets a fresh snapshot afterwards. */
  isReady(t: number): boolean {
    if (!this.response.writableNeedDrain) {
      this.blockedSince = undefined;
      return true;
    }
    this.blockedSince ??= t;
    this.stale = true;
    return false;
  }

  isStalled(t: number): boolean {
    return this.blockedSince !== undefined && t - this.blockedSince >= STALLED_MS;
  }

  hello(hello: Hello): void {
    this.write('hello', hello);
  }

  snapshot(snapshot: Snapshot): void {
    this.write('snapshot', snapshot);
  }

  delta(delta: Delta): void {
    this.write('delta', delta);
  }

  /** Says why, and hangs up. */
  end(reason: string): void {
    if (this.response.writableNeedDrain) this.response.destroy();
    else this.response.end(`event: bye\ndata: ${JSON.stringify({ reason })}\n\n`);
  }

  destroy(): void {
    this.response.destroy();
  }

  private write(event: string, data: object): void {
    const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    this.bytes += text.length;
    this.response.write(text);
  }
}
