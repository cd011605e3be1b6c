import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  type AccessControl,
  answer,
  HttpError,
  RateLimiter,
  readJson,
  refuse,
  setHeaders,
} from '../../adapters/http/access-control.ts';
import { ALGORITHMS } from '../../domain/algorithm.ts';
import { PlimsollError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import { PRIORITIES } from '../../domain/priority.ts';
import { WORKLOAD_TYPES } from '../../domain/workload.ts';
import { assetAt } from '../assets.ts';
import { FRAMES_PER_SECOND, HISTORY_SECONDS, MAX_VIEWERS, PROTOCOL } from '../protocol.ts';
import type { Administration } from './admin-actions.ts';
import { actionSchema, viewSchema } from './api-schemas.ts';
import type { Broadcast, Sources } from './broadcast.ts';
import { hurry, IdleConnections } from './idle-connections.ts';
import { chartOf } from './statecharts.ts';
import { Viewer } from './viewer.ts';

/** Connections at a time: eight viewers, their calls, and some room. Beyond it the system refuses for us. */
const MAX_CONNECTIONS = 64;
/** From here on those that are idle give way. */
const CROWDED = 48;
/** How often Node looks for connections whose time is over, ms. Its default of 30 s would let them stay so long. */
const LOOK_MS = 1_000;

export interface Desk {
  readonly sources: Sources;
  readonly broadcast: Broadcast;
  readonly administration: Administration;
  readonly gate: AccessControl;
  readonly admin: boolean;
}

/** The inspector over HTTP: the page, one stream per viewer, and calls. */
export class InspectorServer {
  readonly http: Server;
  private readonly desk: Desk;
  private readonly clock: Clock;
  private readonly id = randomBytes(6).toString('hex');
  private readonly calls = new RateLimiter(60, 30);
  private readonly deeds = new RateLimiter(10, 2);

  constructor(desk: Desk) {
    this.desk = desk;
    this.clock = desk.sources.clock;
    const limits = { maxHeaderSize: 8_192, noDelay: true, keepAlive: true, connectionsCheckingInterval: LOOK_MS };
    this.http = createServer(limits, (request, response) => {
      connections.busy(request, response);
      this.serve(request, response).catch((error: unknown) => fail(request, response, error));
    });
    const connections = new IdleConnections(this.http, CROWDED);
    this.http.maxConnections = MAX_CONNECTIONS;
    this.http.headersTimeout = 5_000;
    this.http.requestTimeout = 10_000;
    this.http.keepAliveTimeout = 5_000;
    this.http.on('clientError', (_error, socket) => socket.destroy());
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    setHeaders(response);
    const { gate } = this.desk;
    const refusal = gate.checkOrigin(request);
    if (refusal !== undefined) return refuse(request, response, refusal);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (!pathname.startsWith('/api/')) return this.servePage(request, response, pathname);
    const stranger = gate.checkToken(request) ?? this.calls.take(this.clock.now());
    if (stranger !== undefined) return refuse(request, response, stranger);
    const method = request.method ?? '';
    switch (`${method} ${pathname}`) {
      case 'GET /api/stream':
        return this.openStream(request, response, searchParams);
      case 'GET /api/chart':
        return this.sendChart(response, searchParams.get('actor') ?? '');
      case 'GET /api/history':
        return answer(response, 200, this.desk.sources.history.of(searchParams.get('component') ?? ''));
      case 'GET /api/whatif':
        return this.sendWhatIf(response, searchParams);
      case 'GET /api/explain':
        return answer(response, 200, this.desk.sources.balancer.explain(searchParams.get('request') ?? ''));
      case 'POST /api/view':
        return this.changeView(response, await readJson(request));
      case 'POST /api/action':
        return this.act(request, response, await readJson(request));
      default:
        throw new HttpError(404, 'unknown', `There is no ${method} ${pathname}.`);
    }
  }

  private servePage(request: IncomingMessage, response: ServerResponse, path: string): void {
    const asset = assetAt(path);
    if (asset === undefined) throw new HttpError(404, 'unknown', 'There is no such file.');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new HttpError(405, 'method', 'The page can only be read.');
    hurry(response);
    response.setHeader('Content-Type', asset.type);
    response.setHeader('Content-Length', asset.body.length);
    response.end(request.method === 'HEAD' ? undefined : asset.body);
  }

  private openStream(request: IncomingMessage, response: ServerResponse, wishes: URLSearchParams): void {
    const { broadcast, admin } = this.desk;
    if (broadcast.viewers.size >= MAX_VIEWERS)
      throw new HttpError(503, 'tooManyViewers', `At most ${MAX_VIEWERS} may look at a time; close one.`);
    request.socket.setKeepAlive(true, 30_000);
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    const viewer = new Viewer(randomBytes(6).toString('hex'), response);
    viewer.messages = wishes.get('messages') === '1';
    viewer.focus = wishes.get('focus') ?? viewer.focus;
    response.on('close', () => broadcast.viewers.delete(viewer));
    viewer.hello({
      protocol: PROTOCOL,
      viewer: viewer.id,
      server: this.id,
      at: this.clock.now(),
      admin,
      framesPerSecond: FRAMES_PER_SECOND,
      historySeconds: HISTORY_SECONDS,
      algorithms: ALGORITHMS,
      workloads: WORKLOAD_TYPES,
    });
    broadcast.viewers.add(viewer);
    broadcast.kick();
  }

  private sendChart(response: ServerResponse, key: string): void {
    const ref = this.desk.sources.cast.find(key);
    const chart = ref === undefined ? undefined : chartOf(ref);
    if (chart === undefined) throw new HttpError(404, 'unknown', `There is no actor ${key} with a statechart.`);
    answer(response, 200, chart);
  }

  private sendWhatIf(response: ServerResponse, query: URLSearchParams): void {
    const priority = PRIORITIES.find((name) => name === query.get('priority')) ?? 'NORMAL';
    try {
      const type = query.get('type') ?? 'GENERAL';
      answer(response, 200, this.desk.sources.balancer.previewSelection({ type, priority, payload: undefined }));
    } catch (error) {
      if (error instanceof PlimsollError) throw new HttpError(400, 'invalid', error.message);
      throw error;
    }
  }

  private changeView(response: ServerResponse, body: unknown): void {
    const parsed = viewSchema.safeParse(body);
    if (!parsed.success) throw new HttpError(400, 'invalid', 'Expected viewer, visible?, messages?, focus?.');
    const { viewer: id, visible, messages, focus } = parsed.data;
    const { broadcast } = this.desk;
    const viewer = [...broadcast.viewers].find((one) => one.id === id);
    if (viewer === undefined) throw new HttpError(404, 'unknown', 'There is no such viewer (any more).');
    if (visible === true && !viewer.visible) viewer.stale = true;
    viewer.visible = visible ?? viewer.visible;
    viewer.messages = messages ?? viewer.messages;
    viewer.focus = focus ?? viewer.focus;
    answer(response, 200, {});
    broadcast.kick();
  }

  private async act(request: IncomingMessage, response: ServerResponse, body: unknown): Promise<void> {
    const parsed = actionSchema.safeParse(body);
    if (!parsed.success) throw new HttpError(400, 'invalid', 'Expected viewer, action, target, expect; see the guide.');
    const tooMany = this.deeds.take(this.clock.now());
    if (tooMany !== undefined) throw tooMany;
    try {
      await this.desk.administration.run(parsed.data, request.socket.remoteAddress ?? '');
      answer(response, 200, {});
    } finally {
      this.desk.broadcast.kick();
    }
  }
}

function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else if (error instanceof HttpError) refuse(request, response, error);
  else refuse(request, response, new HttpError(500, 'internal', 'The inspector failed; the balancer did not.'));
}
