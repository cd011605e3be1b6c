import type { Outcome } from '../../domain/outcome.ts';
import { ServingState } from '../../fleet/component-table.ts';
import { bandShown, type ComponentModelState, hasRoomAside, restShown, stateName } from './component-events.ts';
import type { ComponentModelEvent } from './component-model.ts';
import { rampStepsAt } from './component-parameters.ts';
import type { Coverage } from './coverage.ts';
import type { TestSystem } from './test-system.ts';
import type { Sent, Traffic } from './test-traffic.ts';

/** Failures in a row that eject any component: of its peers' few, one goes by its prior, and the last of its route takes ten. */
const MOST_FAILURES_TO_EJECT = 12;
/** A proof that the kit holds back until it is the model's turn. */
const NOT_YET = 1e9;
const RAMP_STEPS = 20;
const REST_MS = 30_000;
/** Timers of fractions of a ms may be due a little later than the sum of them. */
const ROUNDING_MS = 0.01;

/** Complains of what the real system did not do as it should. */
export type Complain = (what: string) => void;

/** Lets what happens in the model happen to a real component. */
export class ComponentDriver {
  /** Requests whose runs the component must hold, the one that may not run twice first. */
  readonly load: Sent[] = [];
  private readonly rig: TestSystem;
  private readonly traffic: Traffic;
  private readonly coverage: Coverage;
  private readonly id: string;
  private readonly complain: Complain;
  /** When it came to be isolated, and when its slow start began. */
  private isolatedAt = 0;
  private warmingAt = 0;
  private hasCancelled = false;

  constructor(system: TestSystem, traffic: Traffic, coverage: Coverage, id: string, complain: Complain) {
    this.rig = system;
    this.traffic = traffic;
    this.coverage = coverage;
    this.id = id;
    this.complain = complain;
    const post = system.post(id);
    post.isOnGuard = true;
    post.isProbing = () => system.state.fleet.components.servingState[system.entry(id).index] === ServingState.probing;
  }

  private get isOperational(): boolean {
    return this.rig.state.fleet.components.servingState[this.rig.entry(this.id).index] === ServingState.operational;
  }

  /** @param before the model before the event, @param after the model after it. */
  async perform(event: ComponentModelEvent, before: ComponentModelState, after: ComponentModelState): Promise<void> {
    const { rig: system, id } = this;
    switch (event.type) {
      case 'component.fail':
        if (event.ejected === true) await this.failUntilEjected(before);
        else system.balancer.fail(id, 'by hand');
        break;
      case 'component.drain':
        system.balancer.drain(id);
        break;
      case 'component.resume':
        system.balancer.resume(id);
        break;
      case 'component.recover':
        system.balancer.recover(id);
        break;
      case 'actor.crashed':
        system.crash(id);
        break;
      case 'component.proven':
        system.entry(id).toProve = 1;
        await this.pass('completed', before, 'fail');
        break;
      case 'component.rest':
        await this.refuse(event.taken !== undefined, before);
        break;
      case 'rest.over':
        await this.pass('completed', before, 'fail');
        break;
      case 'xstate.after.rest.component.operational.rate.resting': {
        const { components } = system.state.fleet;
        const { clock, state } = system;
        await clock.runUntil(components.restsUntil[system.entry(id).index]! + state.scheduler.origin + ROUNDING_MS);
        break;
      }
      case 'probe.inconclusive':
        await this.cutProbeShort(before);
        break;
      case 'probe.good':
      case 'probe.bad':
        await this.probe(before, event.type === 'probe.good');
        break;
      case 'xstate.after.cooldown.component.failed.isolated':
        await system.clock.runUntil(
          this.isolatedAt + before.context.shape.longestCooldownMs(before.context.k) + ROUNDING_MS,
        );
        break;
      case 'xstate.after.rampStep.component.operational.ramp.warming': {
        const { shape, lap } = before.context;
        const untilMs = (shape.slowStartMs * rampStepsAt(lap + 1)) / RAMP_STEPS;
        await system.clock.runUntil(this.warmingAt + untilMs + ROUNDING_MS);
        break;
      }
      case 'load.overloaded':
        if (bandShown(before) === 'available') await this.leap(event.taken, before);
        else await this.bring(event.taken, before);
        break;
      default:
        if (!('taken' in event)) break;
        await this.bring(event.taken, before);
        // a band is left downwards after `bandDwellMs`, here 1 ms
        if (event.type.startsWith('load.') && event.taken < before.context.taken) await system.clock.advance(2);
    }
    await system.rest();
    const record = system.entry(id);
    if (record.toProve > 0) record.toProve = NOT_YET;
    this.forgetWhatMoved(after);
    this.noteTimes(before, after);
  }

  /** Releases what is held, so that everything can end. */
  async finish(before: ComponentModelState): Promise<void> {
    while (this.load.length > 0) await this.release(before);
  }

  private async bring(taken: number, before: ComponentModelState): Promise<void> {
    while (this.load.length > taken) await this.release(before);
    while (this.load.length < taken) {
      const { shape } = before.context;
      const sent = this.traffic.send(shape.keptOf(this.load.length + 1) === shape.keptOf(this.load.length));
      this.load.push(sent);
      await this.rig.rest();
      if (!this.traffic.holds(sent)) return this.complain(`${sent.id} should run on ${this.id} and does not`);
    }
  }

  /** Request by request no band is skipped; but a component that has got smaller may find itself two bands higher. */
  private async leap(taken: number, before: ComponentModelState): Promise<void> {
    const { id, rig: system } = this;
    const { shape } = before.context;
    system.balancer.updateComponent(id, { maxConcurrentTasks: shape.capacity * 2 });
    await this.bring(taken, before);
    system.balancer.updateComponent(id, { maxConcurrentTasks: shape.capacity });
  }

  /** Ends the last that came, in the way that was seen least in this state. */
  private async release(before: ComponentModelState): Promise<void> {
    const sent = this.load.pop();
    if (sent === undefined) return;
    if (!this.traffic.holds(sent)) return this.complain(`the run of ${sent.id} on ${this.id} is gone`);
    // a run that is cancelled late counts as a failure, and the fourth in a row would eject the component
    const outcome = this.hasCancelled ? 'completed' : this.rarest(before, ['completed', 'failed', 'cancelled']);
    this.hasCancelled = outcome === 'cancelled' || (this.hasCancelled && outcome !== 'completed');
    if (outcome === 'cancelled') await this.traffic.cancel(sent);
    else await this.traffic.decide(sent, outcome === 'completed' ? 'succeed' : 'callerFault');
    this.coverage.notePair(stateName(before), outcome);
  }

  private async failUntilEjected(before: ComponentModelState): Promise<void> {
    for (let k = 0; k < MOST_FAILURES_TO_EJECT && this.isOperational; k++) await this.pass('failed', before, 'fail');
  }

  private async probe(before: ComponentModelState, good: boolean): Promise<void> {
    const { rig: system, id, traffic } = this;
    if (before.context.shape.checked && before.matches({ failed: 'probing' })) {
      const { heldProbe } = system.post(id);
      if (heldProbe === undefined) return this.complain(`${id} is being probed, but its check does not run`);
      system.diary.note(`the check of ${id} ${good ? 'succeeds' : 'fails'}`);
      heldProbe(good ? 'succeed' : 'fail');
      return;
    }
    const sent = traffic.send(true);
    await system.rest();
    if (!traffic.holds(sent)) return this.complain(`${sent.id} should probe ${id} and does not run there`);
    await traffic.decide(sent, good ? 'succeed' : 'fail');
    this.coverage.notePair(stateName(before), good ? 'completed' : 'failed');
  }

  /** The provider refuses a new call, or one that runs already. */
  private async refuse(running: boolean, before: ComponentModelState): Promise<void> {
    const { traffic, rig: system } = this;
    // longer than what else a path does meanwhile
    system.post(this.id).restMs = REST_MS + 2 * before.context.shape.slowStartMs;
    // a later refusal asks for a later time
    if (running) await system.clock.advance(1);
    const sent = running ? this.load.pop() : traffic.send(true);
    await system.rest();
    if (sent === undefined || !traffic.holds(sent))
      return this.complain(`a request should run on ${this.id} and does not`);
    await traffic.refuse(sent, before.context.shape.mayMove);
  }

  /** The caller gives the probe up before it could prove anything. */
  private async cutProbeShort(before: ComponentModelState): Promise<void> {
    const sent = this.traffic.send(true);
    await this.rig.rest();
    if (!this.traffic.holds(sent)) return this.complain(`${sent.id} should probe ${this.id} and does not run there`);
    await this.traffic.cancel(sent);
    this.coverage.notePair(stateName(before), 'cancelled');
  }

  /** A request that finds the component operational passes through it; else it must go elsewhere, or wait. */
  async trace(modelState: ComponentModelState): Promise<void> {
    const { shape } = modelState.context;
    // there it would be the call that decides
    if (restShown(modelState) === 'reopening') return;
    if (bandShown(modelState) !== undefined && restShown(modelState) === undefined) {
      if (hasRoomAside(modelState))
        await this.pass(
          this.rarest(modelState, ['completed', 'failed', 'timedOut', 'cancelled']),
          modelState,
          'callerFault',
        );
      return;
    }
    // there it would be the next probe
    if (modelState.matches({ failed: 'probing' }) && !shape.checked) return;
    const sent = this.traffic.send(true);
    await this.rig.rest();
    if (this.traffic.holds(sent))
      this.complain(`${sent.id} was routed to ${this.id}, which is ${stateName(modelState)}`);
    else if (shape.mayMove) sent.expected = 'completed';
    else if (sent.outcome !== undefined) this.complain(`${sent.id} should wait for ${this.id}, and is ${sent.outcome}`);
    else await this.traffic.cancel(sent);
  }

  private async pass(
    outcome: Outcome,
    modelState: ComponentModelState,
    failure: 'fail' | 'callerFault',
  ): Promise<void> {
    const { traffic, rig: system } = this;
    const sent = traffic.send(true, outcome === 'timedOut' ? { timeoutMs: 1 } : {});
    await system.rest();
    if (!traffic.holds(sent)) return this.complain(`${sent.id} should run on ${this.id} and does not`);
    if (outcome === 'cancelled') await traffic.cancel(sent);
    else if (outcome === 'timedOut') {
      sent.expected = outcome;
      await system.clock.advance(2);
    } else await traffic.decide(sent, outcome === 'completed' ? 'succeed' : failure);
    this.coverage.notePair(stateName(modelState), outcome);
    // a time-out counts as a failure, and the fourth in a row would eject the component
    if (outcome === 'timedOut') await this.pass('completed', modelState, failure);
  }

  /** When a component fails, what may run twice goes elsewhere and comes to its end there. */
  private forgetWhatMoved({ context: { taken } }: ComponentModelState): void {
    if (this.load.length <= taken) return;
    for (const sent of this.load.splice(taken)) {
      if (this.traffic.holds(sent)) this.complain(`${sent.id} still runs on ${this.id}, and should have moved`);
      sent.expected = 'completed';
    }
  }

  private noteTimes(before: ComponentModelState, after: ComponentModelState): void {
    const now = this.rig.clock.now();
    const isNew = before.context.failovers !== after.context.failovers;
    const isolated = { failed: 'isolated' } as const;
    if (after.matches(isolated) && (isNew || !before.matches(isolated))) this.isolatedAt = now;
    const warming = { operational: { ramp: 'warming' } } as const;
    if (after.matches(warming) && !before.matches(warming)) this.warmingAt = now;
  }

  private rarest(modelState: ComponentModelState, outcomes: readonly Outcome[]): Outcome {
    const times = (outcome: Outcome): number => this.coverage.timesOf(stateName(modelState), outcome);
    // until a component has proved itself the first run that is as good as failed isolates it again
    const may =
      modelState.context.k === 0 ? outcomes : outcomes.filter((one) => one === 'completed' || one === 'failed');
    return may.reduce((least, outcome) => (times(outcome) < times(least) ? outcome : least));
  }
}
