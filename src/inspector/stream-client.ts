import { readEvents } from '../adapters/http/server-sent-events.ts';
import { PROTOCOL } from './protocol.ts';
import { applyDelta, fromSnapshot, type ViewState } from './view-state.ts';

const RETRY_MS = 1_000;

/** Follows the stream of an inspector, and comes back to it when it breaks. What `plimsoll top` stands on. */
export class StreamClient {
  known: ViewState | undefined;
  link: 'connecting' | 'live' | 'lost' = 'connecting';
  private readonly origin: string;
  private readonly token: string;
  private readonly abort = new AbortController();
  private readonly listeners: (() => void)[] = [];

  constructor({ origin, token }: { readonly origin: string; readonly token: string }) {
    this.origin = origin;
    this.token = token;
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  close(): void {
    this.abort.abort();
  }

  /** @returns once closed; or, with the reason, when the server refuses. */
  async run(): Promise<string | undefined> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      try {
        const response = await fetch(`${this.origin}/api/stream`, {
          headers: { authorization: `Bearer ${this.token}` },
          signal,
        });
        if (response.status !== 200 || response.body === null)
          return `The inspector answered ${response.status}: ${await response.text()}`;
        await readEvents(response.body, ({ event, data }) => this.take(event, data));
      } catch (error) {
        if (error instanceof ForeignProtocol) return error.message;
      }
      if (signal.aborted) break;
      this.set('lost');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, RETRY_MS);
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return undefined;
  }

  private take(event: string, data: string): void {
    const value = JSON.parse(data);
    if (event === 'hello' && value.protocol !== PROTOCOL)
      throw new ForeignProtocol(
        `It speaks protocol ${value.protocol}, this program ${PROTOCOL}. Use the same version of plimsoll.`,
      );
    if (event === 'snapshot') this.known = fromSnapshot(value);
    else if (event === 'delta' && this.known !== undefined) this.known = applyDelta(this.known, value);
    else return;
    this.set('live');
  }

  private set(link: StreamClient['link']): void {
    this.link = link;
    for (const listener of this.listeners) listener();
  }
}

class ForeignProtocol extends Error {}
