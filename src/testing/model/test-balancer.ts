import type { AnyActorRef, InspectionEvent } from 'xstate';
import { componentLogic } from '../../../machines/component/index.ts';
import { stateOrThrow } from '../../../machines/embed/balancer-ref.ts';
import type { ComponentSpec, Handler } from '../../domain/component.ts';
import type { StateStore } from '../../domain/ports.ts';
import type { WorkloadRequest } from '../../domain/request.ts';
import type { EngineView } from '../../engine/engine-view.ts';
import { LoadBalancer } from '../../load-balancer/load-balancer.ts';
import { VirtualClock } from '../clock/virtual-clock.ts';
import { seededRandom } from '../seeded-random.ts';
import type { Action, RegionStart } from './region-model.ts';
import { SequenceDiagram } from './sequence-diagram.ts';
import { CRASH, mortal } from './test-system.ts';

const EPOCH_MS = 1_700_000_000_000;
const NEVER_MS = 2 ** 31 - 1;
const DRAIN_MS = 5_000;
/** The pressure is looked at every 100 ms while there is work, and sinks 1 s after the last drop and 1 s of calm. */
const LOOK_MS = 150;
const CALM_MS = 2_600;
const STORE_TIMEOUT_MS = 10_000;
/** So that the work of one route leaves room for that of another. */
const MAX_QUEUED = 4;

/** A promise that others settle. */
interface Held {
  readonly type: string;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * A real balancer whose fleet is made so that each level of each region can be reached: `big` is the only one for its type,
 * which has work, `small` for one that has none; `mover` has work that cannot move, though `stayer` serves it too, `worker` the load.
 */
export class TestBalancer {
  readonly clock = new VirtualClock(EPOCH_MS);
  readonly diary = new SequenceDiagram();
  readonly balancer: LoadBalancer;
  readonly state: EngineView;
  readonly outcomes = new Map<string, number>();
  refused = 0;
  sent = 0;
  /** Something must be open while it drains, or it would end. */
  staysOpen = false;
  private readonly actor: AnyActorRef;
  private readonly running: Held[] = [];
  private readonly asked: Held[] = [];
  private readonly healthy = { big: true, small: true };
  private stopsSooner = 0;

  constructor(start: RegionStart, seed: number, inspect: (event: InspectionEvent) => void) {
    const held: Handler = ({ type }, { signal }) => this.hold(this.running, type, signal);
    const checked = (id: 'big' | 'small', slots: number): ComponentSpec => ({
      id,
      maxConcurrentTasks: slots,
      serves: [id],
      handler: held,
      check: () => this.healthy[id],
    });
    this.mover = { id: 'mover', maxConcurrentTasks: 2, serves: ['M'], handler: held };
    const worker = { id: 'worker', maxConcurrentTasks: 4, serves: ['W'], handler: held };
    this.balancer = new LoadBalancer({
      components: [checked('big', 12), checked('small', 2), this.mover, { ...this.mover, id: 'stayer' }, worker],
      algorithm: start.algorithm === 'custom' ? { name: 'first', select: () => 0 } : start.algorithm,
      maxQueueSize: MAX_QUEUED,
      requestTimeoutMs: NEVER_MS,
      queueTimeoutMs: NEVER_MS,
      clock: this.clock,
      random: seededRandom(seed),
      logger: false,
      statePath: null,
      store: start.store === 'held' ? this.store : undefined,
      inspect,
    });
    this.actor = this.balancer.actor;
    this.state = stateOrThrow(this.balancer.actor);
    Object.assign(this.state, { options: { ...this.state.options, componentLogic: mortal(componentLogic) } });
    this.balancer.on('command.refused', ({ command, reason }) => {
      this.refused++;
      this.diary.tell('balancer', 'host', `refused ${command}: ${reason}`);
    });
  }

  private readonly mover: ComponentSpec;

  get value(): unknown {
    const snapshot: unknown = this.balancer.actor.getSnapshot();
    return Reflect.get(Object(snapshot), 'value');
  }

  /** Starts it, and waits only for what needs no store. */
  async start(): Promise<void> {
    // a path may stop it before it runs
    this.balancer.startLoadBalancing().catch(() => {});
    await this.rest();
  }

  async rest(): Promise<void> {
    await this.clock.advance(0);
  }

  async do(deed: Action): Promise<void> {
    this.diary.tell('host', 'balancer', deed);
    await this.perform(deed);
    await this.rest();
  }

  /** Answers everything that is asked, and stops. */
  async end(): Promise<void> {
    if (this.value !== 'stopped') this.actor.send({ type: 'balancer.stop', drain: false });
    await this.settleAll();
    await this.answerStore();
    await this.rest();
  }

  /** Answers the store's calls until there are no more: what has not been loaded is loaded before it is saved. */
  private async answerStore(): Promise<void> {
    for (let one = this.asked.pop(); one !== undefined; one = this.asked.pop()) {
      one.resolve();
      await this.clock.advance(0);
    }
  }

  private async perform(deed: Action): Promise<void> {
    const { balancer, actor, clock, healthy } = this;
    if (deed.startsWith('select ')) return actor.send({ type: 'algorithm.select', algorithm: deed.slice(7) });
    switch (deed) {
      case 'storeLoads':
        return this.asked.pop()?.resolve();
      case 'storeSaves':
        return this.answerStore();
      case 'storeFails':
        return this.asked.pop()?.reject(new Error('the store has failed'));
      case 'storeHangs':
        return clock.advance(STORE_TIMEOUT_MS);
      case 'drainTimesOut':
        return clock.advance(DRAIN_MS);
      case 'stopNow':
        return actor.send({ type: 'balancer.stop', drain: false });
      case 'stopDraining':
        if (this.staysOpen) await this.submit({ type: 'W' });
        return actor.send({ type: 'balancer.stop', drain: true, timeoutMs: DRAIN_MS });
      case 'stopSooner':
        return actor.send({ type: 'balancer.stop', drain: true, timeoutMs: DRAIN_MS / 2 ** ++this.stopsSooner });
      case 'submit':
        return this.submit({ type: 'W' });
      case 'settle':
        return this.settleAll('W');
      case 'pause':
        return actor.send({ type: 'balancer.pause' });
      case 'resume':
        return actor.send({ type: 'balancer.resume' });
      case 'load':
        await this.fill();
        return clock.advance(LOOK_MS);
      case 'unload':
        await this.settleAll('W');
        return clock.advance(CALM_MS);
      case 'calm':
        return clock.advance(CALM_MS);
      case 'shed':
        await this.fill();
        if (this.state.requests.jobs.find('important') !== undefined) balancer.cancel('important');
        for (let k = 0; k < MAX_QUEUED; k++) await this.submit({ type: 'W', priority: 'LOW' });
        await this.submit({ type: 'W', priority: 'CRITICAL', id: 'important' });
        return clock.advance(LOOK_MS);
      case 'failBig':
        await this.submit({ type: 'big' });
        await this.settleAll('big');
        return this.turn('big', false);
      case 'failSmall':
        return this.turn('small', false);
      case 'recoverBig':
      case 'recoverSmall':
        return this.turn(deed === 'recoverBig' ? 'big' : 'small', true);
      case 'move':
        if (balancer.getComponentCapacity('mover') === undefined) balancer.register(this.mover);
        await this.submit({ type: 'M', idempotent: false, preferredComponents: ['mover'] });
        balancer.deregister('mover', { force: true });
        return;
      case 'moved':
        return this.settleAll('M');
      case 'crash':
        healthy.small = false;
        return this.crash('small');
      case 'sendNonsense':
        return actor.send({ type: 'no.such.command' });
    }
  }

  private turn(id: 'big' | 'small', isHealthy: boolean): void {
    this.healthy[id] = isHealthy;
    if (isHealthy) this.balancer.recover(id);
    else this.balancer.fail(id);
  }

  private crash(id: string): void {
    const child: AnyActorRef | null | undefined =
      this.state.fleet.records[this.state.fleet.components.indexOf(id)]?.actor;
    child?.send({ type: CRASH });
  }

  private async fill(): Promise<void> {
    while ((this.balancer.getComponentCapacity('worker')?.slotsFree ?? 0) > 0) await this.submit({ type: 'W' });
  }

  private async submit(request: WorkloadRequest): Promise<void> {
    this.sent++;
    const count = (how: string) => (): void => void this.outcomes.set(how, (this.outcomes.get(how) ?? 0) + 1);
    this.balancer.execute(request).then(count('resolved'), count('rejected'));
    await this.rest();
  }

  /** What waits behind it begins then, and is settled too. */
  private async settleAll(type?: string): Promise<void> {
    const mine = (): Held | undefined => this.running.find((one) => type === undefined || one.type === type);
    for (let one = mine(); one !== undefined; one = mine()) {
      this.running.splice(this.running.indexOf(one), 1);
      one.resolve();
      await this.rest();
    }
  }

  private hold(among: Held[], type: string, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const held: Held = { type, resolve, reject };
      among.push(held);
      signal?.addEventListener('abort', () => {
        among.splice(among.indexOf(held), 1);
        reject(signal.reason);
      });
    });
  }

  private get store(): StateStore {
    return {
      load: () => this.hold(this.asked, 'load'),
      save: () => this.hold(this.asked, 'save'),
    };
  }
}
