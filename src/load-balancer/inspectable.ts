import type { ActorRefFrom, AnyActorRef } from 'xstate';
import { stateOrThrow } from '../../machines/embed/balancer-ref.ts';
import type { AlgorithmName } from '../domain/algorithm.ts';
import type { Decision } from '../domain/decision.ts';
import type { BalancerCommand, Fact, FactOfType, FactType } from '../domain/events.ts';
import type { WorkloadRequest } from '../domain/request.ts';
import type { Telemetry, TelemetrySource } from '../domain/telemetry.ts';
import type { EngineView } from '../engine/engine-view.ts';
import { CommandReply } from '../engine/events/event-bus.ts';
import { type LiveStats, LiveStatsReader } from '../engine/reporting/live-stats.ts';
import { previewSelection, type SelectionPreview } from '../engine/reporting/selection-preview.ts';
import { telemetryOf } from '../engine/reporting/telemetry.ts';
import type { BalancerLogic } from './actor-logic.ts';

/** Response times of one component since the start, ms. */
export interface ComponentLatency {
  /** Attempts that finished. */
  readonly count: number;
  /** Median of their durations, ms. */
  readonly p50Ms: number;
  /** 99 % took no longer, ms. */
  readonly p99Ms: number;
}

/** What an inspector needs of a balancer: a `LoadBalancer` is one, and `inspectable(actor)` makes one of an actor. */
export interface Inspectable extends TelemetrySource {
  readonly actor: AnyActorRef;
  liveStats(): LiveStats;
  latencyOf(componentId: string): ComponentLatency | undefined;
  previewSelection(request: WorkloadRequest): SelectionPreview;
  explain(requestId: string): readonly Decision[];
  on<T extends FactType>(type: T, listener: (fact: FactOfType<T>) => void): () => void;
  on(type: '*', listener: (fact: Fact) => void): () => void;
  /**
   * Each request is a message to the balancer of its own, and each assignment one to its component's actor, also where it
   * changes nothing there: for those who watch the messages.
   * @returns ends it.
   */
  observeMessages(): () => void;
  drain(componentId: string, reason?: string): boolean;
  resume(componentId: string, reason?: string): boolean;
  fail(componentId: string, reason?: string): boolean;
  recover(componentId: string, reason?: string): boolean;
  pauseDispatch(): boolean;
  resumeDispatch(): boolean;
  selectAlgorithm(algorithm: AlgorithmName): boolean;
}

/** A component's percentiles; walks its histogram, so ask for the few that somebody looks at. */
export function latencyOf(state: EngineView, componentId: string): ComponentLatency | undefined {
  return state.fleet.records[state.fleet.components.indexOf(componentId)]?.latencySummary();
}

/**
 * A balancer that runs as an actor in a host machine, for `inspect`.
 * @param actor of the balancer's logic, e.g. `snapshot.children.balancer`; started.
 * @throws TypeError when it is not a balancer.
 */
export function inspectable(actor: ActorRefFrom<BalancerLogic>): Inspectable {
  return new EmbeddedControl(actor, stateOrThrow(actor));
}

class EmbeddedControl implements Inspectable {
  readonly actor: ActorRefFrom<BalancerLogic>;
  private readonly state: EngineView;
  private readonly liveStatsReader: LiveStatsReader;

  constructor(actor: ActorRefFrom<BalancerLogic>, state: EngineView) {
    this.actor = actor;
    this.state = state;
    this.liveStatsReader = new LiveStatsReader(state);
  }

  liveStats(): LiveStats {
    return this.liveStatsReader.read();
  }

  latencyOf(componentId: string): ComponentLatency | undefined {
    return latencyOf(this.state, componentId);
  }

  telemetry(): Telemetry {
    return telemetryOf(this.state);
  }

  previewSelection(request: WorkloadRequest): SelectionPreview {
    return previewSelection(this.state, request);
  }

  explain(requestId: string): readonly Decision[] {
    return this.state.selection.decisions?.of(requestId) ?? [];
  }

  on(type: FactType | '*', listener: (fact: never) => void): () => void {
    return this.state.events.listen(type, listener);
  }

  observeMessages(): () => void {
    return this.state.observeMessages();
  }

  drain(componentId: string, reason?: string): boolean {
    return this.ask({ type: 'component.drain', componentId, reason });
  }

  resume(componentId: string, reason?: string): boolean {
    return this.ask({ type: 'component.resume', componentId, reason });
  }

  fail(componentId: string, reason?: string): boolean {
    return this.ask({ type: 'component.fail', componentId, reason });
  }

  recover(componentId: string, reason?: string): boolean {
    return this.ask({ type: 'component.recover', componentId, reason });
  }

  pauseDispatch(): boolean {
    return this.ask({ type: 'balancer.pause' });
  }

  resumeDispatch(): boolean {
    return this.ask({ type: 'balancer.resume' });
  }

  selectAlgorithm(algorithm: AlgorithmName): boolean {
    return this.ask({ type: 'algorithm.select', algorithm });
  }

  private ask(command: BalancerCommand): boolean {
    if (this.actor.getSnapshot().status !== 'active') return false;
    const verdict = new CommandReply();
    this.actor.send({ ...command, replyTo: verdict });
    return verdict.refusal === undefined;
  }
}
