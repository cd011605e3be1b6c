import {
  type Attributes,
  context,
  type Span,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import type { TerminalFact } from '../../../domain/events.ts';
import type { Outcome } from '../../../domain/outcome.ts';
import type { WorkloadRequest } from '../../../domain/request.ts';
import { VERSION } from '../../../domain/version.ts';
import { type FactSource, SCOPE, TERMINAL_FACTS } from './metrics.ts';

/** Whose requests can be traced: a `LoadBalancer`. */
export interface Traceable extends FactSource {
  execute(request: WorkloadRequest, options?: object): Promise<unknown>;
  submitRequest(request: WorkloadRequest): boolean;
}

/** Asks the provider until it has an SDK behind it. What the interface gives before that is a proxy, which costs more than this. */
class LateTracer {
  private readonly provider: TracerProvider & {
    getDelegateTracer?: (name: string, version: string) => Tracer | undefined;
  };
  private tracer: Tracer | undefined = undefined;

  constructor(provider: TracerProvider) {
    this.provider = provider;
  }

  get(): Tracer | undefined {
    if (this.tracer !== undefined) return this.tracer;
    const { provider } = this;
    this.tracer =
      provider.getDelegateTracer === undefined
        ? provider.getTracer(SCOPE, VERSION)
        : provider.getDelegateTracer(SCOPE, VERSION);
    return this.tracer;
  }
}

/** The spans of open requests, by id, and what happens to these. It listens only while there are any. */
class OpenSpans {
  private readonly spans = new Map<string, Span>();
  private readonly balancer: FactSource;
  private listening: (() => void)[] = [];

  constructor(balancer: FactSource) {
    this.balancer = balancer;
  }

  has(requestId: string): boolean {
    return this.spans.has(requestId);
  }

  add(requestId: string, span: Span): void {
    this.spans.set(requestId, span);
    if (this.listening.length === 0) this.listen();
  }

  /** Ends a span that no fact has ended. */
  drop(requestId: string, span: Span): void {
    if (this.spans.get(requestId) !== span) return;
    this.spans.delete(requestId);
    span.end();
    if (this.spans.size === 0) this.stopListening();
  }

  private event(requestId: string, name: string, attributes: Attributes): void {
    this.spans.get(requestId)?.addEvent(name, attributes);
  }

  private listen(): void {
    const { balancer } = this;
    this.listening = [
      balancer.on('request.accepted', ({ requestId }) => this.event(requestId, 'accepted', {})),
      balancer.on('request.assigned', ({ requestId, componentId, attempt, waitMs }) =>
        this.event(requestId, 'attempt', {
          'plimsoll.component': componentId,
          'plimsoll.attempt': attempt,
          'plimsoll.queue_wait_ms': waitMs,
        }),
      ),
      balancer.on('request.retrying', ({ requestId, componentId, attempt, delayMs, error }) =>
        this.event(requestId, 'retry', {
          'plimsoll.component': componentId,
          'plimsoll.attempt': attempt,
          'plimsoll.delay_ms': delayMs,
          'error.type': error.code,
        }),
      ),
      ...TERMINAL_FACTS.map(([type, outcome]) => balancer.on(type, (fact) => this.end(fact, outcome))),
    ];
  }

  private end(fact: TerminalFact, outcome: Outcome): void {
    const span = this.spans.get(fact.requestId);
    // of two requests of one id it is the second that has been rejected
    if (span === undefined || (fact.type === 'request.rejected' && fact.error.reason === 'duplicateId')) return;
    this.spans.delete(fact.requestId);
    span.setAttribute('plimsoll.outcome', outcome);
    span.setAttribute('plimsoll.priority', fact.priority);
    span.setAttribute('plimsoll.attempts', fact.attempts);
    if (fact.componentId !== undefined) span.setAttribute('plimsoll.component', fact.componentId);
    if (fact.type !== 'request.completed') {
      span.setAttribute('error.type', fact.error.code);
      // that somebody wanted it no more is no error
      if (fact.type !== 'request.cancelled') {
        span.recordException(fact.error);
        span.setStatus({ code: SpanStatusCode.ERROR, message: fact.error.message });
      }
    }
    span.end();
    if (this.spans.size === 0) this.stopListening();
  }

  /** Ends all: what becomes of these requests is not heard of any more. */
  close(): void {
    this.stopListening();
    for (const span of this.spans.values()) span.end();
    this.spans.clear();
  }

  private stopListening(): void {
    for (const end of this.listening) end();
    this.listening = [];
  }
}

/** A request whose span can be found by its id; undefined when it cannot be read: the balancer says why. */
function withId(request: WorkloadRequest, span: Span): WorkloadRequest | undefined {
  try {
    const { traceId, spanId } = span.spanContext();
    return request.id === undefined ? { ...request, id: `${traceId}-${spanId}` } : request;
  } catch {
    return undefined;
  }
}

/** What names the span: the type, which is one of a few. */
function typeOf(request: WorkloadRequest): string {
  try {
    return typeof request.type === 'string' ? request.type : '';
  } catch {
    return '';
  }
}

/**
 * Gives each request that is sampled a span. One that is waited for is a child of the caller's span; one that is only
 * handed over may outlive it, and is linked to it. Handlers run inside the span.
 * @returns ends it.
 */
export function traceRequests(balancer: Traceable, provider: TracerProvider): () => void {
  const late = new LateTracer(provider);
  const open = new OpenSpans(balancer);
  const { execute, submitRequest } = balancer;

  function start(tracer: Tracer, type: string, waits: boolean): Span {
    const options = { attributes: { 'plimsoll.type': type } };
    if (waits) return tracer.startSpan(`plimsoll ${type}`, options);
    const caller = trace.getSpanContext(context.active());
    const links = caller === undefined ? [] : [{ context: caller }];
    return tracer.startSpan(`plimsoll ${type}`, { ...options, root: true, links });
  }

  /** Runs `submit` inside a new span, which ends when the request does. */
  function traced<R>(
    tracer: Tracer,
    request: WorkloadRequest,
    waits: boolean,
    submit: (request: WorkloadRequest, span?: Span) => R,
  ): R {
    const span = start(tracer, typeOf(request), waits);
    const inside = trace.setSpan(context.active(), span);
    if (!span.isRecording()) return context.with(inside, submit, undefined, request);
    const known = withId(request, span);
    // of two open requests of one id the balancer rejects the second, and says so
    if (typeof known?.id !== 'string' || open.has(known.id)) {
      span.end();
      return context.with(inside, submit, undefined, request);
    }
    span.setAttribute('plimsoll.request_id', known.id);
    open.add(known.id, span);
    return context.with(inside, submit, undefined, known, span);
  }

  async function endWith(outcome: Promise<unknown>, requestId: string, span: Span): Promise<unknown> {
    try {
      return await outcome;
    } finally {
      // a request that is refused for its options is none: no fact tells of it
      open.drop(requestId, span);
    }
  }

  const tracedExecute: Traceable['execute'] = (request, options) => {
    const tracer = late.get();
    if (tracer === undefined) return execute.call(balancer, request, options);
    return traced(tracer, request, true, (known, span) => {
      const outcome = execute.call(balancer, known, options);
      return span === undefined ? outcome : endWith(outcome, known.id ?? '', span);
    });
  };
  const tracedSubmit: Traceable['submitRequest'] = (request) => {
    const tracer = late.get();
    if (tracer === undefined) return submitRequest.call(balancer, request);
    return traced(tracer, request, false, (known, span) => {
      const accepted = submitRequest.call(balancer, known);
      // behind the fact that says why
      if (!accepted && span !== undefined) queueMicrotask(() => open.drop(known.id ?? '', span));
      return accepted;
    });
  };
  balancer.execute = tracedExecute;
  balancer.submitRequest = tracedSubmit;
  return () => {
    balancer.execute = execute;
    balancer.submitRequest = submitRequest;
    open.close();
  };
}
