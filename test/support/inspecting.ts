import { request } from 'node:http';
import { readEvents, type StreamEvent } from '../../src/adapters/http/server-sent-events.ts';
import type { ComponentSpec, LoadBalancerConfig } from '../../src/index.ts';
import { LoadBalancer } from '../../src/index.ts';
import type { Hello } from '../../src/inspector/protocol.ts';
import { applyDelta, fromSnapshot, type ViewState } from '../../src/inspector/view-state.ts';

/** Handlers that settle when told to. */
export class Handlers {
  private readonly waiting: (() => void)[] = [];
  readonly handler = (): Promise<void> => new Promise((resolve) => this.waiting.push(resolve));

  finishAll(): void {
    for (const finish of this.waiting.splice(0)) finish();
  }
}

/** A silent balancer that keeps nothing. */
export function quietBalancer(
  ids: readonly string[],
  config: Partial<LoadBalancerConfig> = {},
  spec: Partial<ComponentSpec> = {},
): Promise<LoadBalancer> {
  return LoadBalancer.start({
    statePath: null,
    logger: false,
    components: ids.map((id) => ({ id, maxConcurrentTasks: 10, handler: () => undefined, ...spec })),
    ...config,
  });
}

/** Resolves when a condition holds; a test that waits in vain ends by its own time-out. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

/** A viewer without a page. */
export class TestViewer {
  hello: Hello | undefined;
  known: ViewState | undefined;
  snapshots = 0;
  deltas = 0;
  bye: string | undefined;
  readonly events: StreamEvent[] = [];
  ended = false;
  private readonly base: string;
  private readonly token: string;
  private readonly abort = new AbortController();

  constructor(url: string) {
    const { origin, hash } = new URL(url);
    this.base = origin;
    this.token = hash.replace('#token=', '');
  }

  async open(query = ''): Promise<this> {
    const response = await fetch(`${this.base}/api/stream${query}`, {
      headers: this.headers,
      signal: this.abort.signal,
    });
    if (response.status !== 200 || response.body === null) throw new Error(`status ${response.status}`);
    readEvents(response.body, (event) => this.take(event))
      .catch(() => {})
      .finally(() => {
        this.ended = true;
      });
    await until(() => this.known !== undefined);
    return this;
  }

  get headers(): Record<string, string> {
    return { authorization: `Bearer ${this.token}` };
  }

  async post(path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(this.base + path, {
      method: 'POST',
      headers: { ...this.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ viewer: this.hello?.viewer ?? 'none', ...body }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  async get(path: string): Promise<{ status: number; body: unknown }> {
    const response = await fetch(this.base + path, { headers: this.headers });
    return { status: response.status, body: await response.json() };
  }

  close(): void {
    this.abort.abort();
  }

  private take(event: StreamEvent): void {
    const data: never = JSON.parse(event.data) as never;
    if (event.event === 'hello') this.hello = data;
    else if (event.event === 'snapshot') {
      this.known = fromSnapshot(data);
      this.snapshots++;
    } else if (event.event === 'delta' && this.known !== undefined) {
      this.known = applyDelta(this.known, data);
      this.deltas++;
    } else if (event.event === 'bye') this.bye = event.data;
    this.events.push(event);
  }
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A request as a browser would never let a test make it: any Host, any Origin, any path. */
export function raw(
  port: number,
  options: { method?: string; path?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', path = '/', headers = {}, body } = options;
    const call = request(
      { port, host: '127.0.0.1', method, path, headers: { host: `127.0.0.1:${port}`, ...headers }, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('close', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
