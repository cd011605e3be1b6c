import type { AnyActorRef, InspectionEvent } from 'xstate';
import { componentLogic } from '../../../machines/component/index.ts';
import { stateOrThrow } from '../../../machines/embed/balancer-ref.ts';
import { withFastPath } from '../../../machines/fast-path.ts';
import type { Random } from '../../domain/ports.ts';
import type { EngineView } from '../../engine/engine-view.ts';
import type { ComponentRecord } from '../../engine/membership/component-record.ts';
import { LoadBalancer } from '../../load-balancer/load-balancer.ts';
import type { LoadBalancerConfig } from '../../load-balancer/options.ts';
import { VirtualClock } from '../clock/virtual-clock.ts';
import { seededRandom } from '../seeded-random.ts';
import { HandlerGate } from './handler-gate.ts';
import { SequenceDiagram } from './sequence-diagram.ts';

/** What a system under test must use in place of real time and chance. */
export interface SystemPorts {
  readonly clock: VirtualClock;
  readonly random: Random;
}

/**
 * Makes the configuration of a system under test: your components with their handlers and checks, your settings. It is
 * called for each path, and must make things anew that keep state.
 */
export type CreateSystem = (ports: SystemPorts) => LoadBalancerConfig;

/** Another logic for component actors: to see whether the kit finds what is wrong with it. */
export type ComponentLogic = typeof componentLogic;

/**
 * What paths must be able to rely on: a short `bandDwellMs`, cooldowns without jitter, restarts without end, and no ejection but
 * by four failures in a row.
 */
const DETERMINISTIC_SETTINGS = {
  bandDwellMs: 1,
  queueTimeoutMs: 2 ** 31 - 1,
  supervision: { maxRestarts: 1_000_000 },
  outlier: { consecutiveFailures: 4, failureRatio: 1e9 },
} as const;

const EPOCH_MS = 1_700_000_000_000;

/** Settings of a system as the kit runs it. */
export const certain = (config: LoadBalancerConfig): LoadBalancerConfig => ({
  ...config,
  ...DETERMINISTIC_SETTINGS,
  recovery: { ...config.recovery, jitter: 0 },
});

export interface TestSystemOptions {
  readonly seed: number;
  readonly componentLogic?: ComponentLogic | undefined;
  readonly inspect?: ((event: InspectionEvent) => void) | undefined;
}

/** A real LoadBalancer on a virtual clock, with a post before each component. */
export class TestSystem {
  readonly clock = new VirtualClock(EPOCH_MS);
  readonly diary = new SequenceDiagram();
  readonly balancer: LoadBalancer;
  readonly state: EngineView;
  readonly posts: ReadonlyMap<string, HandlerGate>;

  constructor(createSystem: CreateSystem, { seed, componentLogic: logic, inspect }: TestSystemOptions) {
    const { clock } = this;
    const random = seededRandom(seed);
    const config = certain(createSystem({ clock, random }));
    this.posts = new Map(config.components.map((spec) => [spec.id, new HandlerGate(spec)]));
    const components = [...this.posts.values()].map(({ spec }) => spec);
    this.balancer = new LoadBalancer({ logger: false, ...config, components, clock, random, statePath: null, inspect });
    this.state = stateOrThrow(this.balancer.actor);
    // component actors are made when the balancer starts
    Object.assign(this.state, { options: { ...this.state.options, componentLogic: mortal(logic ?? componentLogic) } });
    for (const [id, post] of this.posts) {
      post.onStart = (requestId, attempt) => this.diary.tell('balancer', id, `run ${requestId}, attempt ${attempt}`);
    }
    this.balancer.on('component.statusChanged', ({ componentId, to, state: modelState }) =>
      this.diary.tell(componentId, 'balancer', `${to} (${modelState})`),
    );
  }

  entry(id: string): ComponentRecord {
    const record = this.state.fleet.records[this.state.fleet.components.indexOf(id)];
    if (record === undefined) throw new Error(`no component has the id ${id}`);
    return record;
  }

  post(id: string): HandlerGate {
    const post = this.posts.get(id);
    if (post === undefined) throw new Error(`no component has the id ${id}`);
    return post;
  }

  /** Whether an actor is a component's present or former one. */
  isComponent(actor: object, id: string): boolean {
    return 'systemId' in actor && actor.systemId === `balancer/${id}`;
  }

  /** Lets everything that is under way come to rest; no time passes. */
  async rest(): Promise<void> {
    await this.clock.advance(0);
  }

  /** Kills a component's actor, as a defect in its logic would. */
  crash(id: string): void {
    const actor: AnyActorRef | null = this.entry(id).actor;
    actor?.send({ type: CRASH });
  }
}

export const CRASH = 'testing.crash';

/** The same logic, that dies of one event more. */
export const mortal = (logic: ComponentLogic): ComponentLogic =>
  withFastPath(logic, {
    [CRASH]() {
      throw new Error('crashed by the testing kit');
    },
  });
