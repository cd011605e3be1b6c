import type { ComponentSpec, Handler, HandlerContext, HealthCheck } from '../../domain/component.ts';
import { RateLimitedError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports.ts';
import type { WorkloadRequest } from '../../domain/request.ts';

/** What becomes of a run: its own handler's answer, an error that is the caller's, a failure of the component, or a refusal of its provider. */
export type Verdict = 'succeed' | 'callerFault' | 'fail' | 'refuse';

/** The failure that the kit injects. */
export class InjectedFailure extends Error {
  override readonly name = 'InjectedFailure';
  readonly callerFault: boolean;

  constructor(callerFault: boolean) {
    super('injected by the testing kit');
    this.callerFault = callerFault;
  }
}

/** One run of a handler that waits for its verdict. */
export interface HeldAttempt {
  readonly requestId: string;
  readonly attempt: number;
  decide(verdict: Verdict): void;
}

/**
 * Stands before a component's own handler and check: the handler runs, but what it answers is held back until the kit
 * decides; an aborted run ends at once. A post that is not on guard lets everything through.
 */
export class HandlerGate {
  readonly spec: ComponentSpec;
  isOnGuard = false;
  /** Answers probes in its stead: true when the component stands in `probing`. */
  isProbing: () => boolean = () => false;
  /** How long an injected refusal makes the component rest, ms. */
  restMs = 0;
  readonly held: HeldAttempt[] = [];
  /** Hears of each run that begins. */
  onStart: (requestId: string, attempt: number) => void = () => {};
  private readonly own: Handler;
  private readonly ownCheck: HealthCheck | undefined;
  private probe: ((verdict: Verdict) => void) | undefined;
  private readonly timers = new Set<unknown>();

  constructor(spec: ComponentSpec) {
    const { handler, check } = spec;
    this.own = typeof handler === 'function' ? handler : (request, context) => handler.handle(request, context);
    this.ownCheck = check;
    const handle: Handler = (request, context) => this.handle(request, context);
    this.spec = {
      ...spec,
      handler: typeof handler === 'function' ? handle : Object.assign(Object.create(handler), { handle }),
      ...(check === undefined ? {} : { check: (context) => this.check(context) }),
    };
  }

  /** The check that runs as a probe; undefined when none does. */
  get heldProbe(): ((verdict: Verdict) => void) | undefined {
    return this.probe;
  }

  /** One of its handlers waits on the clock, so that time must pass; else it waits for something real, or for nothing. */
  get waitsOnClock(): boolean {
    return this.timers.size > 0;
  }

  private async handle(request: WorkloadRequest, context: HandlerContext): Promise<unknown> {
    const { requestId, attempt, signal, deadline, componentId } = context;
    this.onStart(requestId, attempt);
    const watched = { requestId, attempt, signal, deadline, componentId, clock: this.watch(context.clock) };
    const work = (async () => this.own(request, watched))();
    if (!this.isOnGuard) return work;
    // its failure is heard when, and if, the verdict lets it through
    work.catch(() => {});
    const verdict = await new Promise<Verdict | 'abort'>((resolve) => {
      const run: HeldAttempt = {
        requestId,
        attempt,
        decide: (decided) => {
          this.forget(run);
          resolve(decided);
        },
      };
      this.held.push(run);
      signal.addEventListener(
        'abort',
        () => {
          this.forget(run);
          resolve('abort');
        },
        { once: true },
      );
    });
    if (verdict === 'abort') throw signal.reason;
    if (verdict === 'refuse') throw new RateLimitedError('refused by the testing kit', { retryAfterMs: this.restMs });
    if (verdict !== 'succeed') throw new InjectedFailure(verdict === 'callerFault');
    return work;
  }

  private async check(context: Parameters<HealthCheck>[0]): Promise<unknown> {
    if (!this.isOnGuard || !this.isProbing()) return this.ownCheck?.(context);
    const verdict = await new Promise<Verdict>((resolve) => {
      this.probe = resolve;
      context.signal.addEventListener('abort', () => resolve('fail'), { once: true });
    });
    this.probe = undefined;
    return verdict === 'succeed' ? this.ownCheck?.(context) : false;
  }

  private watch(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      setTimeout: (callback, ms) => {
        const timer = clock.setTimeout(() => {
          this.timers.delete(timer);
          callback();
        }, ms);
        this.timers.add(timer);
        return timer;
      },
      clearTimeout: (timer) => {
        this.timers.delete(timer);
        clock.clearTimeout(timer);
      },
    };
  }

  private forget(run: HeldAttempt): void {
    const at = this.held.indexOf(run);
    if (at >= 0) this.held.splice(at, 1);
  }
}
