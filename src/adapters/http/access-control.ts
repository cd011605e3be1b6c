import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Problem } from './problem.ts';

/** Largest body that is read, bytes. */
const MOST_BODY = 16_384;

/** Headers of every answer. `connect-src 'self'`: the page can talk to nobody else, whatever gets into it. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
};

/** An answer other than 200, with a reason for people. */
export class HttpError {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, error: string, message: string, actual?: string) {
    this.status = status;
    this.problem = { error, message, ...(actual === undefined ? {} : { actual }) };
  }
}

/** Whom the inspector lets in. */
export class AccessControl {
  private readonly digest: Buffer;
  private hosts: ReadonlySet<string> = new Set();

  constructor(token: string) {
    this.digest = digestOf(token);
  }

  /**
   * Names that a browser may call this server by. A page of another site that had its name lead here (DNS rebinding)
   * still says its own name in `Host`.
   */
  allow(hosts: Iterable<string>): void {
    this.hosts = new Set([...hosts].map((host) => host.toLowerCase()));
  }

  /** Host and Origin: for every request, before anything else. */
  checkOrigin(request: IncomingMessage): HttpError | undefined {
    const { headers } = request;
    const host = headers.host?.toLowerCase();
    if (host === undefined || !this.hosts.has(host))
      return new HttpError(421, 'misdirected', 'This server does not answer to that name. Use the address it printed.');
    const { origin } = headers;
    if (origin !== undefined && origin.toLowerCase() !== `http://${host}`)
      return new HttpError(403, 'foreignOrigin', 'Only the page of this server may call it.');
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isVisit(request))
      return new HttpError(403, 'foreignOrigin', 'Only the page of this server may call it.');
    return undefined;
  }

  /** The token, compared in constant time. */
  checkToken({ headers }: IncomingMessage): HttpError | undefined {
    const given = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
    if (given !== undefined && timingSafeEqual(digestOf(given), this.digest)) return undefined;
    return new HttpError(
      401,
      'unauthorized',
      'The token is missing or wrong. Open the address that the server printed.',
    );
  }
}

/** A person follows a link to the page from elsewhere: it is the same for everybody, and tells nothing without the token. */
const isVisit = ({ method, url = '', headers }: IncomingMessage): boolean =>
  method === 'GET' &&
  !url.startsWith('/api/') &&
  headers['sec-fetch-mode'] === 'navigate' &&
  headers['sec-fetch-dest'] === 'document';

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Reads a JSON body. @throws Refusal */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json(?:;|$)/i.test(type))
    throw new HttpError(415, 'notJson', 'Send application/json; a form of another site cannot.');
  if (Number(request.headers['content-length'] ?? 0) > MOST_BODY) throw tooLarge();
  let size = 0;
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > MOST_BODY) throw tooLarge();
    chunks.push(bytes);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new HttpError(400, 'notJson', 'The body is not JSON.');
  }
}

const tooLarge = (): HttpError => new HttpError(413, 'tooLarge', `A body has at most ${MOST_BODY} bytes.`);

/** So many calls at once, and so many a second after that. */
export class RateLimiter {
  private readonly burst: number;
  private readonly perSecond: number;
  private left: number;
  private at = Number.NEGATIVE_INFINITY;

  constructor(burst: number, perSecond: number) {
    this.burst = burst;
    this.perSecond = perSecond;
    this.left = burst;
  }

  /** @param t ms. */
  take(t: number): HttpError | undefined {
    this.left = Math.min(this.burst, this.left + (Math.max(0, t - this.at) / 1000) * this.perSecond);
    this.at = t;
    if (this.left < 1) return new HttpError(429, 'tooMany', 'Too many calls; wait a second.');
    this.left--;
    return undefined;
  }
}

export function setHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
}

export function answer(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  response.end(JSON.stringify(body));
}

export function refuse(request: IncomingMessage, response: ServerResponse, refusal: HttpError): void {
  // what is left of a body that nobody wants is not read: the connection ends with the answer
  if (!request.complete) {
    response.setHeader('Connection', 'close');
    response.once('finish', () => request.destroy());
  }
  answer(response, refusal.status, refusal.problem);
}
