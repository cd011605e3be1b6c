import { readEvents } from '../../adapters/http/server-sent-events.ts';
import {
  type Delta,
  type Hello,
  type Message,
  type Messages,
  PROTOCOL,
  type Problem,
  type Snapshot,
} from '../protocol.ts';
import { applyDelta, fromSnapshot, type ViewState } from '../view-state.ts';
import { type Wished, Wishes } from './view-preferences.ts';

export type Link = 'connecting' | 'live' | 'lost' | 'refused' | 'closed';

/** What the page knows, and how its line to the server is. */
export interface View {
  readonly link: Link;
  /** Why it is not live, for people. */
  readonly trouble: string;
  readonly hello: Hello | undefined;
  readonly known: ViewState | undefined;
  /** `performance.now()` when the last frame came: server time goes on from there. */
  readonly receivedAt: number;
  /** Messages of the last frames, the latest last. */
  readonly messages: readonly Message[];
  /** Seen and dropped since the page listens, by type. */
  readonly mix: Readonly<Record<string, { readonly seen: number; readonly dropped: number }>>;
  readonly observed: number;
}

const NOTHING: View = {
  link: 'connecting',
  trouble: '',
  hello: undefined,
  known: undefined,
  receivedAt: 0,
  messages: [],
  mix: {},
  observed: 0,
};

const MOST_MESSAGES = 200;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8_000;
const ASK_AGAIN_MS = 1_000;

/** The line to the server: one stream, re-opened when it breaks, and calls. */
export class Connection {
  view: View = NOTHING;
  private readonly token: string;
  private readonly listeners = new Set<() => void>();
  private readonly wishes = new Wishes(
    { focus: 'balancer', messages: false, visible: !document.hidden },
    async (wished) => (await this.post('/api/view', wished)) === undefined,
  );
  private retryMs = FIRST_RETRY_MS;

  constructor(token: string) {
    this.token = token;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async run(): Promise<never> {
    for (;;) {
      await this.stream().catch((error: unknown) => {
        if (this.view.link === 'live' || this.view.link === 'connecting')
          this.set({ link: 'lost', trouble: words(error) });
      });
      const wait = this.view.link === 'refused' ? LONGEST_RETRY_MS : this.retryMs;
      this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  /** Says what the person looks at. */
  wish(wished: Partial<Wished>): void {
    if (wished.messages === false) this.set({ messages: [], mix: {} });
    this.wishes.want(wished);
  }

  /**
   * Asks until there is an answer, for a call can get lost; a refusal is one, unless there were too many calls.
   * @returns to be called when nobody wants it any more.
   */
  fetched<T>(path: string, take: (answer: T) => void): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wanted = true;
    const ask = (): void => {
      this.get<T>(path).then(
        (answer) => wanted && take(answer),
        (error: unknown) => {
          const refused = error instanceof CallError && error.status < 500 && error.status !== 429;
          if (wanted && !refused) timer = setTimeout(ask, ASK_AGAIN_MS);
        },
      );
    };
    ask();
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(path, { headers: this.headers() });
    const body: unknown = await response.json();
    if (!response.ok) throw new CallError(response.status, body as Problem);
    return body as T;
  }

  /** @returns undefined when it was done. */
  async post(path: string, body: object): Promise<CallError | undefined> {
    const viewer = this.view.hello?.viewer;
    if (viewer === undefined) return new CallError(0, { error: 'offline', message: 'There is no connection.' });
    try {
      const response = await fetch(path, {
        method: 'POST',
        headers: { ...this.headers(), 'content-type': 'application/json' },
        body: JSON.stringify({ viewer, ...body }),
      });
      return response.ok ? undefined : new CallError(response.status, (await response.json()) as Problem);
    } catch (error) {
      return new CallError(0, { error: 'offline', message: words(error) });
    }
  }

  private headers(): Record<string, string> {
    return { authorization: `Bearer ${this.token}` };
  }

  private async stream(): Promise<void> {
    const { focus, messages } = this.wishes.latest;
    const query = `focus=${encodeURIComponent(focus)}&messages=${messages ? 1 : 0}`;
    const response = await fetch(`/api/stream?${query}`, { headers: this.headers() });
    if (!response.ok || response.body === null) {
      const problem = (await response.json()) as Problem;
      this.set({ link: response.status === 503 ? 'lost' : 'refused', trouble: problem.message });
      return;
    }
    const opened = (): void => this.wishes.opened({ focus, messages, visible: true });
    try {
      await readEvents(response.body, ({ event, data }) => {
        this.take(event, JSON.parse(data));
        if (event === 'hello') opened();
      });
    } finally {
      this.wishes.closed();
    }
    if (this.view.link === 'live') this.set({ link: 'lost', trouble: 'The server ended the connection.' });
  }

  private take(event: string, data: unknown): void {
    const receivedAt = performance.now();
    if (event === 'hello') {
      const hello = data as Hello;
      if (hello.protocol !== PROTOCOL)
        throw new Error(`This page speaks protocol ${PROTOCOL}; the server ${hello.protocol}. Reload.`);
      this.retryMs = FIRST_RETRY_MS;
      this.set({ hello, link: 'live', trouble: '' });
    } else if (event === 'snapshot') {
      this.set({ known: fromSnapshot(data as Snapshot), receivedAt });
    } else if (event === 'delta' && this.view.known !== undefined) {
      const known = applyDelta(this.view.known, data as Delta);
      this.set({ known, receivedAt, ...(known.messages === undefined ? {} : this.gather(known.messages)) });
    } else if (event === 'bye') this.set({ link: 'closed', trouble: (data as { reason: string }).reason });
  }

  private gather(heard: Messages): Partial<View> {
    const mix = { ...this.view.mix };
    for (const [type, seen] of Object.entries(heard.seen)) {
      const before = mix[type] ?? { seen: 0, dropped: 0 };
      mix[type] = { seen: before.seen + seen, dropped: before.dropped + (heard.dropped[type] ?? 0) };
    }
    const messages = [...this.view.messages, ...heard.kept].slice(-MOST_MESSAGES);
    return { mix, messages, observed: heard.observed };
  }

  private set(changes: Partial<View>): void {
    this.view = { ...this.view, ...changes };
    for (const listener of this.listeners) listener();
  }
}

/** A call that the server refused. */
export class CallError extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.message);
    this.status = status;
    this.problem = problem;
  }
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));
