import { stateOrThrow } from '../../../machines/embed/balancer-ref.ts';
import type { ComponentSpec, HandlerContext } from '../../domain/component.ts';
import { PlimsollError } from '../../domain/errors.ts';
import type { BalancerCommand, Fact } from '../../domain/events.ts';
import type { WorkloadRequest } from '../../domain/request.ts';
import type { EngineView } from '../../engine/engine-view.ts';
import { LoadBalancer } from '../../load-balancer/load-balancer.ts';
import { VirtualClock } from '../clock/virtual-clock.ts';
import { seededRandom } from '../seeded-random.ts';
import { flakyStore, throwingLogger, throwingReceiver } from './faulty-ports.ts';
import { attemptOf, breakActor } from './internals.ts';
import { QuiescentInvariants } from './invariants-at-rest.ts';
import { checkStart } from './invariants-of-dispatch.ts';
import { HealthInvariants } from './invariants-of-health.ts';
import { WaitingInvariants } from './invariants-of-waiting.ts';
import { EventInvariants } from './invariants-per-event.ts';
import { Producers } from './producers.ts';
import { type AttemptRecord, RequestLog } from './request-log.ts';
import type { Behaviour, ChaosSchedule, PlannedComponent } from './schedule.ts';
import { behaviourOf, StubComponent, type StubComponentHost } from './stub-component.ts';
import { Submitter } from './submitter.ts';
import { longest } from './time-bounds.ts';
import { Violations } from './violations.ts';

export interface ChaosOptions {
  /** Components of your own in place of planned ones, in the schedule's order: their handlers run where it says `succeed`. */
  readonly specs?: readonly ComponentSpec[] | undefined;
  /** Hears every step and fact, with the virtual time in ms. */
  readonly log?: ((at: number, what: string, detail: unknown) => void) | undefined;
}

/** Epoch ms of the clock when a run begins. */
const START = 1_000_000;

/** One run of a schedule: the balancer, and what its submitters, handlers and listeners see. */
export class ChaosRun implements StubComponentHost {
  readonly clock = new VirtualClock(START);
  readonly witness: RequestLog;
  readonly violations = new Violations();
  readonly balancer: LoadBalancer;
  readonly state: EngineView;
  readonly events: EventInvariants;
  readonly health: HealthInvariants;
  readonly waiting: WaitingInvariants;
  readonly rest: QuiescentInvariants;
  readonly submitter: Submitter;
  readonly producers: Producers;
  /** Every registration there ever was. */
  readonly seats: StubComponent[] = [];
  /** Times from which the clock jumped, and to where. */
  readonly jumps: (readonly [from: number, to: number])[] = [];
  readonly stops: { resolved: boolean }[] = [];
  stoppedAt: number | undefined = undefined;
  killed = false;
  /** Timers that handlers, checks and the store have set. */
  ownTimers = 0;
  readonly observed: boolean;
  readonly hasRealHandlers: boolean;
  step = -1;
  crashes = 0;
  private readonly present = new Map<string, StubComponent>();
  private readonly log: ChaosOptions['log'];

  constructor(schedule: ChaosSchedule, { specs, log }: ChaosOptions = {}) {
    this.log = log;
    this.observed = schedule.observed;
    this.hasRealHandlers = specs !== undefined;
    this.witness = new RequestLog(
      () => this.clock.now(),
      (rule, detail) => this.complain(rule, detail),
    );
    for (const [k, plan] of schedule.components.entries()) {
      this.seat(new StubComponent(plan, this, specs?.[k]));
    }
    const { observed, store } = schedule;
    this.balancer = new LoadBalancer({
      ...schedule.settings,
      components: this.seats.map((seat) => seat.spec),
      clock: this.clock,
      random: seededRandom(schedule.seed).fork('balancer'),
      logger: observed ? throwingLogger : false,
      statePath: null,
      ...(store === undefined ? {} : { store: flakyStore(this, store) }),
    });
    this.state = stateOrThrow(this.balancer.actor);
    this.events = new EventInvariants(this.state, (rule, detail) => this.complain(rule, detail));
    this.health = new HealthInvariants(this.state, (rule, detail) => this.complain(rule, detail));
    this.waiting = new WaitingInvariants(this.state, (rule, detail) => this.complain(rule, detail));
    this.rest = new QuiescentInvariants(this.state, this.witness, observed, (rule, detail) =>
      this.complain(rule, detail),
    );
    this.submitter = new Submitter(this);
    this.producers = new Producers(this);
    this.rest.longestWait = longest(schedule).waitMs;
    this.balancer.actor.subscribe({
      next: () => this.afterEvent(),
      error: (error) => this.complain('crash', `the balancer died: ${String(error)}`),
      complete: () => {
        this.stoppedAt ??= this.clock.now();
      },
    });
    if (observed) {
      this.balancer.on('*', (fact) => this.hear(fact));
      this.balancer.on('component.statusChanged', () => throwingReceiver.send());
    }
  }

  complain(rule: string, detail: string): void {
    const at = this.clock.now() - START;
    this.log?.(at, `VIOLATION ${rule}`, detail);
    this.violations.add({ at, step: this.step, rule, detail });
  }

  note(what: string, detail: unknown): void {
    this.log?.(this.clock.now() - START, what, detail);
  }

  private hear(fact: Fact): void {
    this.note(fact.type, fact);
    this.witness.heard(fact);
    if (fact.type === 'request.shed' || fact.type === 'request.rejected')
      this.waiting.refused(fact, this.witness.all[Number(fact.metadata?.chaos)]?.request);
  }

  private afterEvent(): void {
    this.events.check();
    this.health.check(this.present);
    this.waiting.check();
    this.submitter.insideEvent();
  }

  /** Everything has come to rest. */
  atRest(): void {
    for (const id of this.present.keys()) if (this.state.fleet.components.indexOf(id) < 0) this.present.delete(id);
    this.rest.check(this.present);
    for (const seat of this.seats) seat.servedBefore = [];
    this.producers.check();
  }

  /** Lets time pass in short stretches, with a look at everything after each. */
  async advance(ms: number): Promise<void> {
    const until = this.clock.now() + ms;
    const stretch = Math.max(20, ms / 25);
    do {
      try {
        await this.clock.runUntil(Math.min(until, this.clock.now() + stretch));
      } catch (error) {
        this.complain('crash', `a timer threw: ${String(error)}`);
      }
      this.atRest();
    } while (this.clock.now() < until);
  }

  get isAlive(): boolean {
    return this.balancer.actor.getSnapshot().status === 'active' && !this.killed;
  }

  send(command: BalancerCommand): void {
    if (this.isAlive) this.balancer.actor.send(command);
  }

  idAt(component: number): string {
    return this.seatAt(component).id;
  }

  seatAt(component: number): StubComponent {
    const { id } = this.seats[component % this.seats.length]!;
    return this.present.get(id) ?? this.seats[component % this.seats.length]!;
  }

  private seat(seat: StubComponent): void {
    this.seats.push(seat);
    this.present.set(seat.id, seat);
  }

  register(plan: PlannedComponent): void {
    const seat = new StubComponent(plan, this);
    try {
      this.balancer.register(seat.spec);
      this.seat(seat);
    } catch (error) {
      if (!(error instanceof PlimsollError)) throw error;
    }
  }

  /** The logic of the component's actor throws. */
  crash(id: string): void {
    if (!this.isAlive || !breakActor(this.balancer.actor.system.get(`balancer/${id}`))) return;
    const seat = this.present.get(id);
    if (seat !== undefined) seat.crashed = true;
    this.crashes++;
  }

  begin(seat: StubComponent, request: WorkloadRequest, context: HandlerContext) {
    const one = this.witness.all[Number(request.metadata?.chaos)];
    if (one === undefined) {
      this.complain('start', `${seat.id} was given a request that nobody submitted`);
      return undefined;
    }
    const attempt = attemptOf(this.state, seat, context);
    checkStart(this.state, one, seat, attempt, (rule, detail) => this.complain(rule, detail));
    const run = this.witness.started(one, seat, context.attempt, attempt);
    this.note('started', `request ${one.n} attempt ${run.number} on ${seat.id}`);
    return { run, behaviour: behaviourOf(one.behaviours, context.attempt) };
  }

  end(run: AttemptRecord, ok: boolean, value: unknown): void {
    this.note('settled', `request ${run.of.n} attempt ${run.number} ${ok ? 'well' : 'badly'}`);
    this.witness.ended(run, ok, value);
  }

  asked(run: AttemptRecord, aborted: boolean): void {
    const told = run.attempt?.aborted ?? null;
    if ((told !== null) !== aborted && this.isAlive)
      this.complain(
        'signal',
        `attempt ${run.number} of request ${run.of.n} was told to end (${told}), its signal ${aborted}`,
      );
  }

  call(seat: StubComponent, run: AttemptRecord, { calls }: Behaviour): void {
    const { request } = run.of;
    if (calls === 'submit') void this.submitter.submitNested(request.type, [], true);
    else if (calls === 'cancelItself' && request.id !== undefined) this.balancer.cancel(request.id);
    else if (calls === 'failComponent') this.balancer.fail(seat.id);
    else if (calls === 'drainComponent') this.balancer.drain(seat.id);
    else if (calls === 'stop') this.stop(false, 0);
  }

  submitLater(run: AttemptRecord): Promise<unknown> {
    return this.submitter.submitLater(run);
  }

  sleep(ms: number, run: () => void): void {
    this.ownTimers++;
    this.clock.setTimeout(() => {
      this.ownTimers--;
      run();
    }, ms);
  }

  /** When something that is due then happens at the latest: timers do not fire while the clock jumps. */
  atTheLatest(due: number): number {
    let latest = due;
    for (const [from, to] of this.jumps) if (from <= latest && latest < to) latest = to;
    return latest;
  }

  jumped(ms: number): void {
    this.jumps.push([this.clock.now() - ms, this.clock.now()]);
  }

  stop(drain: boolean, timeoutMs: number): void {
    const one = { resolved: false };
    this.stops.push(one);
    void this.balancer.stop({ drain, timeoutMs }).then(() => {
      one.resolved = true;
    });
  }

  kill(): void {
    this.killed = true;
    this.balancer.actor.stop();
  }
}
