import type { Observable } from 'rxjs';
import type { ActorRefFrom } from 'xstate';
import type { AlgorithmName } from '../domain/algorithm.ts';
import type { ComponentCapacity, ComponentChanges, ComponentSpec, ComponentStatus } from '../domain/component.ts';
import type { Decision } from '../domain/decision.ts';
import type { Fact, FactOfType, FactType } from '../domain/events.ts';
import type { BalancerMetrics } from '../domain/metrics.ts';
import type { Priority } from '../domain/priority.ts';
import type { WorkloadRequest } from '../domain/request.ts';
import type { ConfigChanges } from '../domain/settings.ts';
import type { Telemetry, TelemetrySource } from '../domain/telemetry.ts';
import type { FactIn, RequestIn, RequestOf, ResultOf, RoutedRequest, TypeIn, UndeclaredWork } from '../domain/work.ts';
import type { EngineView } from '../engine/engine-view.ts';
import { type DashboardData, dashboardOf } from '../engine/reporting/dashboard.ts';
import { type LiveStats, LiveStatsReader } from '../engine/reporting/live-stats.ts';
import { capacityOf, metricsOf } from '../engine/reporting/metrics.ts';
import { peek, previewSelection, type SelectionPreview } from '../engine/reporting/selection-preview.ts';
import { telemetryOf } from '../engine/reporting/telemetry.ts';
import { ActorClient } from './actor-client.ts';
import type { BalancerLogic } from './actor-logic.ts';
import { createBalancer } from './create-balancer.ts';
import { type ComponentLatency, latencyOf } from './inspectable.ts';
import { type StopOptions, start, stop } from './lifecycle.ts';
import { factStream, metricsStream, statusStream } from './observables.ts';
import type { LoadBalancerConfig } from './options.ts';
import { waitUntilIdle, waitUntilReady } from './ready.ts';
import { type ExecuteOptions, execute, submit } from './submit.ts';

export type { StopOptions } from './lifecycle.ts';
export type { ExecuteOptions } from './submit.ts';

/**
 * A load balancer: a thin translator of calls into events of its actor. With a map of work (`LoadBalancer<Work>`), its types,
 * payloads and results are known to the compiler.
 */
export class LoadBalancer<W = UndeclaredWork> implements AsyncDisposable, TelemetrySource {
  /** The XState actor: subscribe to it, inspect it, send it commands. */
  readonly actor: ActorRefFrom<BalancerLogic>;
  /** Every fact; completes when the balancer has stopped. Costs nothing while nobody subscribes. */
  readonly events$: Observable<Fact>;
  /** The alerts among the facts. */
  readonly alerts$: Observable<FactOfType<'alert.raised'>>;
  private readonly client: ActorClient;
  private liveStatsReader: LiveStatsReader | undefined;

  /** @throws InvalidConfigError naming each wrong key, what was expected and what was given. */
  constructor(config: LoadBalancerConfig<NoInfer<W>>) {
    const { actor, state } = createBalancer(config);
    this.actor = actor;
    this.client = new ActorClient(actor, state);
    this.events$ = factStream(state, '*');
    this.alerts$ = factStream(state, 'alert.raised');
  }

  /** The engine, after everything that was submitted has been admitted. */
  private engine(): EngineView {
    return this.client.flushed();
  }

  /** Makes a balancer and starts it. Stop it with `stop()`, or have it stopped by `await using balancer = await LoadBalancer.start({ … })`. */
  static async start<W = UndeclaredWork>(config: LoadBalancerConfig<NoInfer<W>>): Promise<LoadBalancer<W>> {
    const balancer = new LoadBalancer<W>(config);
    await balancer.startLoadBalancing();
    return balancer;
  }

  /**
   * Starts the balancer; resolves once it runs. Submissions are queued from the moment of the call.
   * @throws NotRunningError when it has been stopped, also when that happens while it starts.
   */
  startLoadBalancing(): Promise<void> {
    return start(this.client);
  }

  /** Alias of {@link startLoadBalancing}. */
  start(): Promise<void> {
    return this.startLoadBalancing();
  }

  /**
   * Submits a request whose outcome you will hear of by facts, or not at all.
   * @returns whether it was accepted (admitted to the queue or to a component).
   */
  submitRequest(request: RequestIn<W>): boolean {
    return submit(this.client, request);
  }

  /**
   * Submits a request and waits for its outcome. The request is read at once; all requests of one tick travel as one message.
   * @returns the handler's result.
   * @throws a typed error for every other outcome: HandlerError, OutcomeUnknownError, RequestTimeoutError, DeadlineExceededError, LoadShedError,
   * QueueFullError, NoEligibleComponentError, RequestCancelledError, InvalidRequestError, NotRunningError.
   */
  execute<R = unknown, P = unknown>(
    request: 0 extends 1 & W ? WorkloadRequest<P> : never,
    options?: ExecuteOptions,
  ): Promise<R>;
  execute<T extends TypeIn<W>>(request: RequestOf<W, T>, options?: ExecuteOptions): Promise<ResultOf<W, T>>;
  execute(request: WorkloadRequest, options?: ExecuteOptions): Promise<unknown> {
    return execute(this.client, request, options);
  }

  /**
   * Who would take this request now; changes nothing.
   * @returns a component id; undefined when nobody can, the policy would hold it, or nothing is dispatched at all.
   * @throws InvalidRequestError
   */
  selectComponent(request: RoutedRequest<W>): string | undefined {
    return peek(this.engine(), request);
  }

  /** A hint: resolves when queue and route have room, for as many callers as there is room. The guarantee is `whenFull: 'wait'`. */
  ready(request?: RoutedRequest<W>, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return waitUntilReady(this.engine(), request, options.signal);
  }

  /**
   * Resolves when no request is open (queued, at work, or waiting for a retry or for room), or the balancer has stopped. It takes no new
   * work away: who goes on submitting may wait for ever. A handler that ignores its signal may still run.
   * @throws the signal's reason
   */
  whenIdle(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return waitUntilIdle(this.engine(), options.signal);
  }

  /** Cancels an open request. @returns whether there was one of that id. */
  cancel(requestId: string, reason?: string): boolean {
    return this.client.trySend(
      reason === undefined ? { type: 'request.cancel', requestId } : { type: 'request.cancel', requestId, reason },
    );
  }

  /**
   * Gives a request that waits (in the queue, for a retry, or for room) another priority. It keeps its age, and is counted as what it was
   * submitted as. @returns false when it is not open, or a handler works on it already.
   */
  reprioritize(requestId: string, priority: Priority): boolean {
    return this.client.trySend({ type: 'request.reprioritize', requestId, priority });
  }

  /** Adds a component at run time. @throws InvalidConfigError */
  register(spec: ComponentSpec<W>): void {
    this.client.sendOrThrow({ type: 'component.register', spec });
  }

  /** Lets a component finish its work and leave; `force` fails its work over at once. */
  deregister(componentId: string, options: { readonly force?: boolean } = {}): boolean {
    return this.client.trySend({ type: 'component.deregister', componentId, force: options.force ?? false });
  }

  /** Maintenance: nothing new goes there, what runs finishes. @returns false when the command was refused. */
  drain(componentId: string, reason?: string): boolean {
    return this.client.trySend({ type: 'component.drain', componentId, reason });
  }

  /** Ends maintenance. @returns false when the command was refused. */
  resume(componentId: string, reason?: string): boolean {
    return this.client.trySend({ type: 'component.resume', componentId, reason });
  }

  /** Fails a component by hand: its work fails over. @returns false when the command was refused. */
  fail(componentId: string, reason?: string): boolean {
    return this.client.trySend({ type: 'component.fail', componentId, reason });
  }

  /** Probes a failed component now rather than after its cooldown. @returns false when the command was refused. */
  recover(componentId: string, reason?: string): boolean {
    return this.client.trySend({ type: 'component.recover', componentId, reason });
  }

  /** Stops binding work to components; what is submitted is queued, what runs goes on. @returns false when the command was refused. */
  pauseDispatch(): boolean {
    return this.client.trySend({ type: 'balancer.pause' });
  }

  /** Ends `pauseDispatch`. @returns false when the command was refused. */
  resumeDispatch(): boolean {
    return this.client.trySend({ type: 'balancer.resume' });
  }

  selectAlgorithm(algorithm: AlgorithmName): boolean {
    return this.client.trySend({ type: 'algorithm.select', algorithm });
  }

  /** Changes capacity, weight, limits or served types at run time. @throws InvalidConfigError */
  updateComponent(componentId: string, changes: ComponentChanges): void {
    this.client.sendOrThrow({ type: 'component.update', componentId, ...changes });
  }

  /** Changes settings at run time. @throws InvalidConfigError */
  updateConfig(changes: ConfigChanges): void {
    this.client.sendOrThrow({ type: 'config.update', changes });
  }

  /** What a component can carry and how it does; undefined for an unknown id. */
  getComponentCapacity(componentId: string): ComponentCapacity | undefined {
    const engine = this.engine();
    const record = engine.fleet.records[engine.fleet.components.indexOf(componentId)];
    return record === undefined ? undefined : capacityOf(engine, record, engine.scheduler.now());
  }

  /** Everything that is counted, as plain JSON; see the guide "Metrics" for every field. */
  getLoadBalancingMetrics(): BalancerMetrics {
    return metricsOf(this.engine());
  }

  /**
   * The decisions on a request that are still kept: who was asked, why who was excluded, what it would have cost where.
   * Empty unless the setting `explain` is on.
   */
  explain(requestId: string): readonly Decision[] {
    return this.engine().selection.decisions?.of(requestId) ?? [];
  }

  /** What a dashboard shows, as plain JSON that fits `dashboardSchema`. */
  getLoadBalancerDashboardData(): DashboardData {
    return dashboardOf(this.engine());
  }

  /** What a viewer needs several times a second: cheaper than metrics by two orders of magnitude, and coarser. */
  liveStats(): LiveStats {
    const state = this.engine();
    this.liveStatsReader ??= new LiveStatsReader(state);
    return this.liveStatsReader.read();
  }

  /** What exporters need (`plimsoll/prometheus`, `plimsoll/otel`), split by label: counts since the start, about 1 µs a component. */
  telemetry(): Telemetry {
    return telemetryOf(this.engine());
  }

  /** Response times of a component since the start; undefined for an unknown id. */
  latencyOf(componentId: string): ComponentLatency | undefined {
    return latencyOf(this.engine(), componentId);
  }

  /** Who would take this request now, with what score, and why not the others; changes nothing. @throws InvalidRequestError */
  previewSelection(request: RoutedRequest<W>): SelectionPreview {
    return previewSelection(this.engine(), request);
  }

  /** Calls back for each fact of a type (`'*'`: all). A listener that throws is logged. @returns removes the listener. */
  on<T extends FactType>(type: T, listener: (fact: FactIn<W, T>) => void): () => void;
  on(type: '*', listener: (fact: Fact) => void): () => void;
  on(type: FactType | '*', listener: (fact: never) => void): () => void {
    return this.engine().events.listen(type, listener);
  }

  /** Makes each request and each assignment a message of its own, for those who watch the messages. @returns ends it. */
  observeMessages(): () => void {
    return this.engine().observeMessages();
  }

  /** The status of a component, beginning with the present one; completes when it leaves or the balancer stops. */
  status$(componentId: string): Observable<ComponentStatus> {
    return statusStream(this.engine(), componentId);
  }

  /**
   * Metrics now and then every so many ms of the balancer's clock; completes when it stops.
   * @throws InvalidConfigError
   */
  metrics$(everyMs: number): Observable<BalancerMetrics> {
    return metricsStream(this.engine(), everyMs);
  }

  /**
   * Stops: refuses new work, waits for open requests (or cancels them), saves the state. Safe to call twice.
   * @throws InvalidConfigError
   */
  stopLoadBalancing(options: StopOptions = {}): Promise<void> {
    return stop(this.client, options);
  }

  stop(options?: StopOptions): Promise<void> {
    return this.stopLoadBalancing(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopLoadBalancing();
  }
}
