import type { AlgorithmName } from '../../domain/algorithm.ts';
import type { HandlerContext } from '../../domain/component.ts';
import { conservationError } from '../../domain/outcome.ts';
import { priorityOf } from '../../domain/priority.ts';
import type { WorkloadRequest } from '../../domain/request.ts';
import type { EngineView } from '../../engine/engine-view.ts';
import { createBalancer, type MadeBalancer } from '../../load-balancer/create-balancer.ts';
import { AttemptContext } from '../../requests/attempt-context.ts';
import { asPolicy } from '../../selection/custom-policy.ts';
import type { Policy } from '../../selection/policy.ts';
import { outcomeOf } from '../outcome-of.ts';
import { type SeededRandom, seededRandom } from '../seeded-random.ts';
import { type ArrivalProcess, arrivalsOf } from './arrivals.ts';
import { SimClock, SimEvent } from './event-clock.ts';
import { scheduleFaults } from './faults.ts';
import { Oracle, uniform } from './oracle.ts';
import type { Plan } from './plan.ts';
import { RandomDraws } from './random-draws.ts';
import { COMPLETED, codeOf, Recorder } from './recorder.ts';
import { SimulatedServer } from './simulated-server.ts';
import { Timeline } from './timeline.ts';

/** What a simulation balances by: one of the seven, a policy of your own, or one that only a simulation has. */
export type SimulatedAlgorithm = AlgorithmName | 'oracle' | 'random' | Policy;

/** Free slots of a component under early binding: it never refuses. */
const UNLIMITED = 1_000_000;
/** Requests that settle late are waited for so long after the last arrival that counts, ms. */
const PATIENCE_MS = 600_000;

class Arrival extends SimEvent {
  private readonly run: Engine;

  constructor(run: Engine) {
    super();
    this.run = run;
  }

  fire(): void {
    this.run.arrive();
  }
}

class Return extends SimEvent {
  private readonly run: Engine;

  constructor(run: Engine) {
    super();
    this.run = run;
  }

  fire(): void {
    this.run.submit(undefined);
  }
}

/**
 * One run: a scenario, an algorithm, a seed. It makes a real balancer (its actors, policies and state) on a simulated
 * clock and is to it what a host is: it submits requests and provides the handlers. What it draws for a request does not
 * depend on what the balancer does.
 */
export class Engine {
  readonly plan: Plan;
  readonly clock = new SimClock();
  readonly recorder = new Recorder();
  readonly stations: readonly SimulatedServer[];
  readonly chronicle: Timeline;
  private readonly balancer: MadeBalancer;
  private readonly draws: RandomDraws;
  private readonly arrivals: ArrivalProcess & { readonly row?: number };
  private readonly arrival = new Arrival(this);
  private readonly thinking: SeededRandom;
  private readonly oracle: Oracle | undefined;
  private readonly index = new Map<string, number>();
  /** Requests with numbers below this count; the run is over when they have settled. */
  private counted = Number.POSITIVE_INFINITY;
  private openCounted = 0;

  constructor(plan: Plan, algorithm: SimulatedAlgorithm, seed: number | string) {
    this.plan = plan;
    const { scenario } = plan;
    const random = seededRandom(seed);
    const early = scenario.binding === 'early';
    this.stations = plan.components.map(
      (one) =>
        new SimulatedServer(
          one,
          this.clock,
          one.scenario.parallel ?? (early ? one.scenario.capacity : Number.POSITIVE_INFINITY),
        ),
    );
    for (const [i, { scenario: one }] of plan.components.entries()) this.index.set(one.id, i);
    this.draws = new RandomDraws(plan, random);
    this.arrivals = arrivalsOf(plan, random.fork('arrivals'));
    this.thinking = random.fork('think');
    if (algorithm === 'oracle') this.oracle = new Oracle(this.stations, (type) => this.meanWork(type));
    this.balancer = createBalancer({
      ...scenario.settings,
      // it knows what ejection has to find out
      ...(this.oracle === undefined ? {} : { outlier: { consecutiveFailures: 1e9, failureRatio: 1e9 } }),
      algorithm: this.oracle
        ? asPolicy(this.oracle)
        : algorithm === 'random' || algorithm === 'oracle'
          ? uniform
          : algorithm,
      components: plan.components.map(({ scenario: one }, i) => ({
        id: one.id,
        priority: one.priority,
        maxConcurrentTasks: early ? UNLIMITED : one.capacity,
        limits: one.limits,
        weight: one.weight,
        priorityMultiplier: one.priorityMultiplier,
        idempotent: one.idempotent,
        serves: one.serves,
        rateLimit: one.rateLimit,
        handler: (request: WorkloadRequest, context: HandlerContext) => this.handle(i, request, context),
        check: one.check ? () => this.check(i) : undefined,
      })),
      // handlers run in no one's context here, and capturing it costs more than the simulated work
      asyncContext: false,
      clock: this.clock,
      random: random.fork('balancer'),
      logger: false,
      statePath: null,
    });
    this.chronicle = new Timeline(this.clock, this.state, scenario.durationMs);
  }

  get state(): EngineView {
    return this.balancer.state;
  }

  /** @param onProgress told the simulated ms now and then. */
  async run(onProgress?: (t: number) => void): Promise<void> {
    const { scenario } = this.plan;
    const { clock } = this;
    this.balancer.actor.start();
    scheduleFaults(
      scenario,
      clock,
      (id) => this.stations[this.index.get(id)!]!,
      (id) => (type) => this.balancer.actor.send({ type, componentId: id, reason: 'scenario' }),
    );
    this.chronicle.start();
    if (scenario.arrivals.process === 'closed') {
      for (let k = 0; k < scenario.arrivals.clients; k++) this.think();
    } else clock.schedule(this.arrival, this.arrivals.next());
    const end = scenario.durationMs;
    let told = 0;
    await clock.run((next) => {
      if (next > end && this.counted === Number.POSITIVE_INFINITY) {
        this.counted = this.recorder.size;
        this.openCounted = this.recorder.open;
      }
      if (onProgress !== undefined && next - told >= 1000) {
        told = next;
        onProgress(Math.min(next, end));
      }
      return (next > end && this.openCounted === 0) || next > end + PATIENCE_MS;
    });
    const lost = conservationError(this.state.requests.outcomes.requestCounts(this.openNow()));
    if (lost !== 0) throw new Error(`the balancer lost count of ${lost} requests`);
  }

  arrive(): void {
    this.submit(this.arrivals.row);
    this.clock.schedule(this.arrival, this.arrivals.next());
  }

  submit(row: number | undefined): void {
    const { draws, recorder, clock } = this;
    draws.next(row);
    const t = clock.now();
    const n = recorder.arrive(t, draws);
    const { scenario } = this.plan.requests[draws.kind]!;
    const { type, resources, deadlineMs, timeoutMs, maxRetries, idempotent, cost } = scenario;
    const submission = {
      type: 'request.submit' as const,
      request: {
        type,
        priority: priorityOf(draws.cls),
        payload: n,
        resources,
        deadlineInMs: deadlineMs,
        timeoutMs,
        maxRetries,
        idempotent,
        cost,
      },
      resolve: (): void => this.settled(n, COMPLETED),
      reject: (error: unknown): void =>
        this.settled(n, codeOf(outcomeOf(error, recorder.attempts[n]! > 0 || submission.accepted === true))),
      accepted: false,
      seen: false,
    };
    this.balancer.actor.send(submission);
  }

  /** Mean work of a type at speed 1, ms. */
  meanWork(type: string): number {
    const { trace, requests } = this.plan;
    if (trace?.serviceMs !== undefined) return trace.meanServiceMs;
    return requests.find(({ scenario }) => scenario.type === type)?.service.meanMs ?? 1;
  }

  private settled(n: number, code: number): void {
    this.recorder.settle(n, code, this.clock.now());
    if (n < this.counted && this.counted < Number.POSITIVE_INFINITY) this.openCounted--;
    if (this.plan.scenario.arrivals.process === 'closed') this.think();
  }

  private think(): void {
    const { arrivals } = this.plan.scenario;
    const thinkMs = arrivals.process === 'closed' ? arrivals.thinkMs : 0;
    const delay = thinkMs === 0 ? 0 : -thinkMs * Math.log1p(-this.thinking());
    this.clock.schedule(new Return(this), this.clock.now() + delay);
  }

  private handle(i: number, request: WorkloadRequest, context: HandlerContext): Promise<unknown> {
    const n = typeof request.payload === 'number' ? request.payload : -1;
    const { recorder } = this;
    recorder.start(n, i, this.clock.now());
    this.oracle?.started(i, request.type, this.clock.now());
    const station = this.stations[i]!;
    const quantileOrMs = recorder.work[n]!;
    const service = station.plan.service ?? this.plan.requests[recorder.kind[n]!]!.service;
    const workMs = recorder.fixed[n] === 1 ? quantileOrMs : service.quantile(quantileOrMs);
    const luck = RandomDraws.luck(recorder.coin[n]!, context.attempt);
    return new Promise((resolve, reject) => {
      const execution = station.enter(workMs, luck, { resolve, reject });
      if (this.plan.scenario.handlers === 'ignoreAbort') return;
      if (context instanceof AttemptContext) context.onAbort((reason) => execution.abort(reason));
    });
  }

  private check(i: number): Promise<boolean> {
    const { condition } = this.stations[i]!;
    return condition.hangs ? new Promise(() => {}) : Promise.resolve(!condition.crashed);
  }

  private openNow(): { queued: number; inFlight: number; awaitingRetry: number } {
    const [, queued = 0, inFlight = 0, awaitingRetry = 0] = this.state.requests.jobs.countByState;
    return { queued, inFlight, awaitingRetry };
  }
}
