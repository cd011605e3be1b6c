import type { ComponentSpec, Handler, HandlerContext, HealthCheck } from '../../domain/component.ts';
import type { Clock } from '../../domain/ports.ts';
import type { WorkloadRequest } from '../../domain/request.ts';
import { perform } from './perform.ts';
import type { AttemptRecord } from './request-log.ts';
import type { Behaviour, CheckMode, ComponentMode, PlannedComponent } from './schedule.ts';

/** What a seat tells the run that it belongs to. */
export interface StubComponentHost {
  readonly clock: Clock;
  /** Calls back after so many ms; counted, so that timers of others can be told from those of handlers. */
  sleep(ms: number, run: () => void): void;
  /** A handler has begun. @returns its record, and what it is to do; undefined for a request that nobody submitted. */
  begin(
    seat: StubComponent,
    request: WorkloadRequest,
    context: HandlerContext,
  ): { run: AttemptRecord; behaviour: Behaviour } | undefined;
  end(run: AttemptRecord, ok: boolean, value: unknown): void;
  /** A handler has asked for its signal only after its work. */
  asked(run: AttemptRecord, aborted: boolean): void;
  call(seat: StubComponent, run: AttemptRecord, behaviour: Behaviour): void;
  /** A handler submits something more of its type. @returns what comes of it. */
  submitLater(run: AttemptRecord): Promise<unknown>;
}

const SUCCEED: Behaviour = { does: 'succeed', after: 0, signal: 'watches' };

const OVERRIDES: Readonly<Record<ComponentMode, (own: Behaviour) => Behaviour>> = {
  healthy: (own) => own,
  repaired: () => SUCCEED,
  failing: (own) => ({ ...own, does: 'fail' }),
  hanging: (own) => ({ ...own, does: 'hang' }),
  stuck: (own) => ({ ...own, does: 'hang', signal: 'heeds' }),
  slow: (own) => ({ ...own, after: own.after * 10 + 50 }),
  blackHole: (own) => ({ ...own, does: 'fail', after: 1, callerFault: undefined, calls: undefined }),
};

/** One registration of a component: its handlers, its check, and what runs on it. A later one of the same id is another. */
export class StubComponent {
  readonly id: string;
  readonly spec: ComponentSpec;
  readonly running = new Set<AttemptRecord>();
  mode: ComponentMode = 'healthy';
  check: CheckMode = 'good';
  /** What it serves now, and what it has served since the last rest: a request may have been bound before the change. */
  serves: readonly string[] | undefined;
  servedBefore: (readonly string[] | undefined)[] = [];
  /** Executions that it has done well since it last failed. */
  done = 0;
  /** Its actor crashed, and it has not been operational since. */
  crashed = false;
  /** What it was given, and when, ms on the clock: as a provider counts that has a rate limit. */
  readonly starts: { readonly at: number; readonly cost: number }[] = [];
  /** Its worker was closed. */
  closed = 0;
  private readonly host: StubComponentHost;

  /** @param real its handler runs where the schedule says `succeed`. */
  constructor(plan: PlannedComponent, host: StubComponentHost, real?: ComponentSpec) {
    const worker = typeof real?.handler === 'object' ? real.handler : undefined;
    const handler: Handler | undefined =
      typeof real?.handler === 'function'
        ? real.handler
        : worker && ((request, context) => worker.handle(request, context));
    const { checked, ...rest } = plan;
    this.id = plan.id;
    this.serves = plan.serves;
    this.host = host;
    const handle: Handler = (request, context) => this.handle(request, context, handler);
    this.spec = {
      ...rest,
      handler: {
        handle,
        attach: (link) => {
          worker?.attach?.(link);
        },
        close: () => {
          this.closed++;
          return worker?.close?.();
        },
      },
      ...(checked === true || real?.check !== undefined
        ? { check: (context: Parameters<HealthCheck>[0]) => this.answer(context, real?.check) }
        : {}),
    };
  }

  servesType(type: string): boolean {
    return [this.serves, ...this.servedBefore].some((types) => types === undefined || types.includes(type));
  }

  private handle(request: WorkloadRequest, context: HandlerContext, real: Handler | undefined): unknown {
    const begun = this.host.begin(this, request, context);
    if (begun === undefined) return undefined;
    const { run } = begun;
    const behaviour = OVERRIDES[this.mode](begun.behaviour);
    run.watched = behaviour.signal === 'heeds' || behaviour.signal === 'watches';
    if (behaviour.calls !== undefined) this.host.call(this, run, behaviour);
    const submitsLater = behaviour.calls === 'submitLater' && behaviour.does === 'succeed';
    const planned = submitsLater ? { ...behaviour, after: 0 } : behaviour;
    const work = submitsLater ? () => this.submitLater(run, behaviour.after) : real;
    return perform(planned, request, context, work, {
      sleep: (ms, wake) => this.host.sleep(ms, wake),
      aborted: () => {
        run.abortedAt ??= this.host.clock.now();
      },
      asked: (aborted) => this.host.asked(run, aborted),
      settled: (ok, value) => this.host.end(run, ok, value),
    });
  }

  private async submitLater(run: AttemptRecord, afterMs: number): Promise<unknown> {
    // a callback of the clock would run in another async context; what follows an await is the handler's own
    await new Promise<void>((resolve) => this.host.sleep(afterMs, resolve));
    await this.host.submitLater(run);
    return run.of.request.metadata;
  }

  private answer(context: Parameters<HealthCheck>[0], real: HealthCheck | undefined): unknown {
    switch (this.check) {
      case 'good':
        return real === undefined ? true : real(context);
      case 'bad':
        return false;
      case 'throws':
        throw new Error('the check broke');
      case 'slow':
        return new Promise((resolve) => this.host.sleep(80, () => resolve(true)));
      case 'hangs':
        return new Promise(() => {});
      case 'lies':
        return this.mode !== 'healthy' && this.mode !== 'repaired';
    }
  }
}

/** What a handler does when the schedule says nothing. */
export const behaviourOf = (behaviours: readonly Behaviour[], attempt: number): Behaviour =>
  behaviours[Math.min(attempt, behaviours.length) - 1] ?? SUCCEED;
