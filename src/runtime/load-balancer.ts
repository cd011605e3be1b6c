import { Observable } from 'rxjs';
import type { ActorRefFrom } from 'xstate';
import type { Books } from '../../machines/balancer/books.ts';
import { Verdict } from '../../machines/balancer/fact-hub.ts';
import type { Submission } from '../../machines/balancer/events.ts';
import { capacityOf, metricsOf } from '../../machines/balancer/metrics.ts';
import type { AlgorithmName } from '../domain/algorithm.ts';
import type { ComponentCapacity, ComponentChanges, ComponentSpec } from '../domain/component.ts';
import type { ConfigChanges } from '../domain/config.ts';
import type { Decision } from '../domain/decision.ts';
import { InvalidConfigError, NotRunningError } from '../domain/errors.ts';
import type { BalancerCommand, CommandRefused, Fact, FactOfType, FactType } from '../domain/events.ts';
import type { BalancerMetrics } from '../domain/metrics.ts';
import { requestProblem, show, type WorkloadRequest } from '../domain/request.ts';
import { createBalancer } from './create-balancer.ts';
import { type DashboardData, dashboardOf } from './dashboard.ts';
import { type Glance, GlanceReader } from './glance.ts';
import { type ComponentLatency, latencyOf } from './inspectable.ts';
import type { BalancerLogic } from './machines.ts';
import type { LoadBalancerConfig } from './options.ts';
import { peek } from './peek.ts';
import { metricsStream, statusStream } from './streams.ts';
import { whenReady } from './ready.ts';
import { type WhatIf, whatIf } from './what-if.ts';

/** How a stop goes about open requests. */
export interface StopOptions {
  /** Wait for open requests first. Default true; false cancels them at once. */
  readonly drain?: boolean | undefined;
  /** How long to wait before the rest is cancelled, ms. Default 30,000. */
  readonly timeoutMs?: number | undefined;
}

export interface ExecuteOptions {
  /** Cancels the request when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** A load balancer: a thin translator of calls into events of its actor. */
export class LoadBalancer implements AsyncDisposable {
  /** The XState actor: subscribe to it, inspect it, send it commands. */
  readonly actor: ActorRefFrom<BalancerLogic>;
  /** Every fact; completes when the balancer has stopped. Costs nothing while nobody subscribes. */
  readonly events$: Observable<Fact>;
  /** The alerts among the facts. */
  readonly alerts$: Observable<FactOfType<'alert.raised'>>;
  private readonly books: Books;
  private glances: GlanceReader | undefined;
  private state: 'new' | 'started' | 'stopped' = 'new';

  /** @throws InvalidConfigError naming each wrong key, what was expected and what was given. */
  constructor(config: LoadBalancerConfig) {
    const { actor, books } = createBalancer(config);
    this.actor = actor;
    this.books = books;
    this.events$ = this.stream('*');
    this.alerts$ = this.stream('alert.raised');
  }

  /** Makes a balancer and starts it: `await using balancer = await LoadBalancer.start({ … })`. */
  static async start(config: LoadBalancerConfig): Promise<LoadBalancer> {
    const balancer = new LoadBalancer(config);
    await balancer.startLoadBalancing();
    return balancer;
  }

  /** Starts the balancer; resolves once it runs. Submissions are queued from the moment of the call. */
  async startLoadBalancing(): Promise<void> {
    if (this.state === 'stopped')
      throw new NotRunningError('This balancer has stopped; make a new one.', { reason: 'stopped' });
    if (this.state === 'new') {
      this.state = 'started';
      this.actor.start();
    }
    if (this.books.phase !== 'starting') return;
    await new Promise<void>((resolve) => {
      const subscription = this.actor.subscribe({
        next: () => {
          if (this.books.phase === 'starting') return;
          subscription.unsubscribe();
          resolve();
        },
        error: () => resolve(),
        complete: () => resolve(),
      });
    });
  }

  /** Alias of {@link startLoadBalancing}. */
  start(): Promise<void> {
    return this.startLoadBalancing();
  }

  /**
   * Submits a request whose outcome you will hear of by facts, or not at all.
   * @returns whether it was accepted (admitted to the queue or to a component).
   */
  submitRequest(request: WorkloadRequest): boolean {
    if (!this.isLive()) return false;
    const submission: Submission = { type: 'request.submit', request, accepted: false };
    this.send(submission);
    return submission.accepted === true;
  }

  /**
   * Submits a request and waits for its outcome.
   * @returns the handler's result.
   * @throws a typed error for every other outcome: HandlerError, RequestTimeoutError, DeadlineExceededError,
   * LoadShedError, QueueFullError, NoEligibleComponentError, RequestCancelledError, InvalidRequestError, NotRunningError.
   */
  execute<R = unknown, P = unknown>(request: WorkloadRequest<P>, options?: ExecuteOptions): Promise<R> {
    return new Promise<unknown>((resolve, reject) => {
      const signal = options?.signal;
      if (!this.isLive()) {
        reject(
          new NotRunningError(
            `The balancer ${this.state === 'new' ? 'has not been started' : 'has stopped'}. Await startLoadBalancing() first.`,
            { reason: this.state },
          ),
        );
      } else if (signal === undefined) {
        this.put({ type: 'request.submit', request, resolve, reject, seen: false });
      } else this.putAbortable(request, signal, resolve, reject);
    }) as Promise<R>;
  }

  /**
   * Who would take this request now; changes nothing.
   * @returns a component id; undefined when nobody can, or the policy would hold it.
   * @throws InvalidRequestError
   */
  selectComponent(request: WorkloadRequest): string | undefined {
    const problem = requestProblem(request);
    if (problem !== undefined) throw problem;
    return peek(this.books, request);
  }

  /** Resolves when the queue, and the request's part of it, is under its low-water mark again (at once when it never rose above the high one). */
  ready(request?: WorkloadRequest): Promise<void> {
    return whenReady(this.books, request);
  }

  /** Cancels an open request. @returns whether there was one of that id. */
  cancel(requestId: string, reason?: string): boolean {
    return this.command(
      reason === undefined ? { type: 'request.cancel', requestId } : { type: 'request.cancel', requestId, reason },
    );
  }

  /** Adds a component at run time. @throws InvalidConfigError */
  register(spec: ComponentSpec): void {
    this.require({ type: 'component.register', spec });
  }

  /** Lets a component finish its work and leave; `force` hands its work over at once. */
  deregister(componentId: string, options: { readonly force?: boolean } = {}): boolean {
    return this.command({ type: 'component.deregister', componentId, force: options.force ?? false });
  }

  /** Maintenance: nothing new goes there, what runs finishes. @returns false when the command was refused. */
  drain(componentId: string, reason?: string): boolean {
    return this.command({ type: 'component.drain', componentId, reason });
  }

  /** Ends maintenance. @returns false when the command was refused. */
  resume(componentId: string, reason?: string): boolean {
    return this.command({ type: 'component.resume', componentId, reason });
  }

  /** Fails a component by hand: its work fails over. @returns false when the command was refused. */
  fail(componentId: string, reason?: string): boolean {
    return this.command({ type: 'component.fail', componentId, reason });
  }

  /** Probes a failed component now rather than after its cooldown. @returns false when the command was refused. */
  recover(componentId: string, reason?: string): boolean {
    return this.command({ type: 'component.recover', componentId, reason });
  }

  /** Stops binding work to components; submissions are queued. */
  pause(): boolean {
    return this.command({ type: 'balancer.pause' });
  }

  resumeDispatch(): boolean {
    return this.command({ type: 'balancer.resume' });
  }

  selectAlgorithm(algorithm: AlgorithmName): boolean {
    return this.command({ type: 'algorithm.select', algorithm });
  }

  /** Changes capacity, weight, limits or served types at run time. @throws InvalidConfigError */
  updateComponent(componentId: string, changes: ComponentChanges): void {
    this.require({ type: 'component.update', componentId, ...changes });
  }

  /** Changes settings at run time. @throws InvalidConfigError */
  updateConfig(changes: ConfigChanges): void {
    this.require({ type: 'config.update', changes });
  }

  /** What a component can carry and how it does; undefined for an unknown id. */
  getComponentCapacity(componentId: string): ComponentCapacity | undefined {
    const entry = this.books.entries[this.books.components.indexOf(componentId)];
    return entry === undefined ? undefined : capacityOf(this.books, entry, this.books.now());
  }

  /** Everything that is counted, as plain JSON; see the guide "Metrics" for every field. */
  getLoadBalancingMetrics(): BalancerMetrics {
    return metricsOf(this.books);
  }

  /**
   * The decisions on a request that are still kept: who was asked, why who was excluded, what it would have cost where.
   * Empty unless the setting `explain` is on.
   */
  explain(requestId: string): readonly Decision[] {
    return this.books.decisions?.of(requestId) ?? [];
  }

  /** What a dashboard shows, as plain JSON that fits `dashboardSchema`. */
  getLoadBalancerDashboardData(): DashboardData {
    return dashboardOf(this.books);
  }

  /** What a viewer needs several times a second: cheaper than metrics by two orders of magnitude, and coarser. */
  glance(): Glance {
    this.glances ??= new GlanceReader(this.books);
    return this.glances.read();
  }

  /** Response times of a component since the start; undefined for an unknown id. */
  latencyOf(componentId: string): ComponentLatency | undefined {
    return latencyOf(this.books, componentId);
  }

  /** Who would take this request now, with what score, and why not the others; changes nothing. @throws InvalidRequestError */
  whatIf(request: WorkloadRequest): WhatIf {
    const problem = requestProblem(request);
    if (problem !== undefined) throw problem;
    return whatIf(this.books, request);
  }

  /** Calls back for each fact of a type (`'*'`: all). A listener that throws is logged. @returns removes the listener. */
  on<T extends FactType>(type: T, listener: (fact: FactOfType<T>) => void): () => void;
  on(type: '*', listener: (fact: Fact) => void): () => void;
  on(type: FactType | '*', listener: (fact: never) => void): () => void {
    return this.books.facts.listen(type, listener);
  }

  /** The status of a component, beginning with the present one; completes when it leaves or the balancer stops. */
  status$(componentId: string): ReturnType<typeof statusStream> {
    return statusStream(this.books, this.events$, componentId);
  }

  /** Metrics now and then every so many ms of the balancer's clock; completes when it stops. */
  metrics$(everyMs: number): Observable<BalancerMetrics> {
    return metricsStream(this.books, this.actor, everyMs);
  }

  /** Stops: refuses new work, waits for open requests (or cancels them), saves the state. Safe to call twice. */
  async stopLoadBalancing(options: StopOptions = {}): Promise<void> {
    if (this.state === 'new') {
      this.state = 'stopped';
      return;
    }
    const done = new Promise<void>((resolve) => {
      this.actor.subscribe({ error: () => resolve(), complete: () => resolve() });
    });
    if (this.isLive())
      this.send({ type: 'balancer.stop', drain: options.drain ?? true, timeoutMs: options.timeoutMs ?? 30_000 });
    await done;
    this.state = 'stopped';
  }

  stop(options?: StopOptions): Promise<void> {
    return this.stopLoadBalancing(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopLoadBalancing();
  }

  private isLive(): boolean {
    return this.state === 'started' && this.actor.getSnapshot().status === 'active';
  }

  private send(event: Submission | BalancerCommand): void {
    this.actor.send(event);
  }

  private put(submission: Submission): void {
    this.send(submission);
    // from inside a transition it waits in the mailbox, which a stop would clear: then its promise must still settle
    if (submission.seen !== true) this.books.unseen.add(submission);
  }

  private putAbortable(
    request: WorkloadRequest,
    signal: AbortSignal,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ): void {
    const submission: Submission = { type: 'request.submit', request, id: '', seen: false };
    const onAbort = (): void => {
      if (submission.id !== undefined && submission.id !== '')
        this.send({ type: 'request.cancel', requestId: submission.id, reason: 'aborted' });
    };
    submission.resolve = (value) => {
      signal.removeEventListener('abort', onAbort);
      resolve(value);
    };
    submission.reject = (error) => {
      signal.removeEventListener('abort', onAbort);
      reject(error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.put(submission);
    if (signal.aborted) onAbort();
  }

  /** Sends a command. @returns whether it was not refused. */
  private command(command: BalancerCommand): boolean {
    return this.isLive() && this.refusalOf(command) === undefined;
  }

  /** Sends a command that must not be refused. */
  private require(command: BalancerCommand): void {
    if (!this.isLive())
      throw new NotRunningError(`The balancer is not running, so ${command.type} cannot be done. Start it first.`, {
        reason: this.state,
      });
    const refusal = this.refusalOf(command);
    if (refusal !== undefined)
      throw new InvalidConfigError(`${command.type} was refused (state ${show(refusal.state)}): ${refusal.reason}`, {
        value: command,
      });
  }

  private refusalOf(command: BalancerCommand): CommandRefused | undefined {
    const verdict = new Verdict();
    this.send({ ...command, replyTo: verdict });
    return verdict.refusal;
  }

  private stream<T extends FactType>(type: T): Observable<FactOfType<T>>;
  private stream(type: '*'): Observable<Fact>;
  private stream(type: FactType | '*'): Observable<Fact> {
    return new Observable<Fact>((subscriber) => {
      const off = this.books.facts.listen(type, (fact: Fact) => subscriber.next(fact));
      const subscription = this.actor.subscribe({
        error: () => subscriber.complete(),
        complete: () => subscriber.complete(),
      });
      return () => {
        off();
        subscription.unsubscribe();
      };
    });
  }
}
