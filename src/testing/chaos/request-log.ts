import {
  DeadlineExceededError,
  HandlerError,
  InvalidRequestError,
  LoadShedError,
  NoEligibleComponentError,
  NotRunningError,
  OutcomeUnknownError,
  QueueFullError,
  RequestCancelledError,
  RequestTimeoutError,
} from '../../domain/errors.ts';
import { type Fact, isTerminal } from '../../domain/events.ts';
import { OUTCOMES, type Outcome } from '../../domain/outcome.ts';
import { classOf } from '../../domain/priority.ts';
import type { WorkloadRequest } from '../../domain/request.ts';
import { idempotentByDefault, NON_IDEMPOTENT_TYPES } from '../../domain/workload.ts';
import type { Attempt } from '../../requests/job.ts';
import { ChaosError } from './perform.ts';
import type { Behaviour } from './schedule.ts';
import type { StubComponent } from './stub-component.ts';

/** One run of a handler, as the handler itself saw it. */
export interface AttemptRecord {
  readonly of: RequestRecord;
  readonly seat: StubComponent;
  readonly number: number;
  readonly startedAt: number;
  /** The balancer's record of it; stays its own until the handler has settled. */
  readonly attempt: Attempt | undefined;
  /** It looks at its signal, so that `abortedAt` can be trusted. */
  watched: boolean;
  abortedAt: number | undefined;
  settledAt: number | undefined;
  ok: boolean;
  retryable: unknown;
  /** The provider has refused it: it was not done. */
  refused: boolean;
  lateFacts: number;
}

/** One request, as its submitter saw it. */
export interface RequestRecord {
  /** Number of the submission; travels in `metadata.chaos`. */
  readonly n: number;
  readonly request: WorkloadRequest;
  readonly behaviours: readonly Behaviour[];
  readonly idempotent: boolean;
  readonly cls: number;
  /** By the setting of that moment, if it does not say. */
  readonly maxRetries: number;
  readonly submittedAt: number;
  /** Epoch ms, whichever way the request says it. */
  readonly deadline: number | undefined;
  readonly controller: AbortController | undefined;
  readonly runs: AttemptRecord[];
  /** Of what `submitRequest` returned; undefined when it was submitted otherwise. */
  accepted: boolean | undefined;
  /** How often its promise settled or its `replyTo` heard a terminal fact: at most one of the two is used. */
  answers: number;
  /** Terminal facts heard by the listener. */
  facts: number;
  outcome: Outcome | undefined;
  settledAt: number | undefined;
  /** Its outcome reaches nobody: `submitRequest` without a listener. */
  readonly unheard: boolean;
  /** It waits for room rather than be refused. */
  readonly patient: boolean;
  /** It was submitted by `execute` with `whenFull: 'wait'`: its turn can be told from its number. */
  readonly inLine: boolean;
  /** Listeners have heard that it was accepted. */
  wasAccepted: boolean;
  /** A running handler has submitted it. */
  nested: boolean;
  /** The same while the balancer drained, which has to know that. */
  admittedInDrain: boolean;
}

/** The outcome that an error stands for. */
export function outcomeOf(error: unknown): Outcome | undefined {
  if (error instanceof HandlerError || error instanceof OutcomeUnknownError) return 'failed';
  if (error instanceof RequestTimeoutError) return 'timedOut';
  if (error instanceof DeadlineExceededError) return error.reason === 'infeasible' ? 'rejected' : 'timedOut';
  if (error instanceof LoadShedError) return 'shed';
  if (error instanceof RequestCancelledError) return 'cancelled';
  // it was admitted, and limits or members have changed since
  if (error instanceof NoEligibleComponentError && error.reason === 'noLongerFits') return 'failed';
  const rejected = [QueueFullError, NoEligibleComponentError, InvalidRequestError, NotRunningError];
  return rejected.some((kind) => error instanceof kind) ? 'rejected' : undefined;
}

/** The harness's own records: what submitters, handlers and listeners saw. Nothing in here is read from the balancer. */
export class RequestLog {
  readonly all: RequestRecord[] = [];
  /** Without an outcome so far, in the order of submission. */
  readonly open = new Set<RequestRecord>();
  /** Handlers that have started and not settled. */
  readonly running = new Set<AttemptRecord>();
  readonly outcomes: Record<Outcome, number>;
  readonly submittedByClass = [0, 0, 0, 0, 0];
  runs = 0;
  private readonly startTimes: number[] = [];
  assigned = 0;
  failoversStarted = 0;
  failoversCompleted = 0;
  private readonly now: () => number;
  private readonly complain: (rule: string, detail: string) => void;

  constructor(now: () => number, complain: (rule: string, detail: string) => void) {
    this.now = now;
    this.complain = complain;
    this.outcomes = { completed: 0, failed: 0, timedOut: 0, shed: 0, rejected: 0, cancelled: 0 };
  }

  submitted(
    request: WorkloadRequest,
    behaviours: readonly Behaviour[],
    how: Pick<RequestRecord, 'controller' | 'unheard' | 'maxRetries' | 'patient' | 'inLine'>,
  ): RequestRecord {
    const n = this.all.length;
    const { deadline, deadlineInMs } = request;
    const submittedAt = this.now();
    const one: RequestRecord = {
      n,
      request: { ...request, metadata: { ...request.metadata, chaos: n } },
      behaviours,
      idempotent: request.idempotent ?? idempotentByDefault(request.type, NON_IDEMPOTENT_TYPES),
      cls: classOf(request.priority ?? 'NORMAL'),
      submittedAt,
      deadline: deadlineInMs === undefined ? deadline : submittedAt + deadlineInMs,
      runs: [],
      accepted: undefined,
      answers: 0,
      facts: 0,
      outcome: undefined,
      settledAt: undefined,
      wasAccepted: false,
      nested: false,
      admittedInDrain: false,
      ...how,
    };
    this.all.push(one);
    if (!how.unheard) this.open.add(one);
    this.submittedByClass[one.cls]!++;
    return one;
  }

  /** A promise or a `replyTo` was answered. */
  answered(one: RequestRecord, outcome: Outcome | undefined, detail: unknown): void {
    if (++one.answers > 1) this.complain('single settlement', `request ${one.n} was answered ${one.answers} times`);
    if (detail instanceof QueueFullError) this.refused(one);
    if (outcome === undefined) {
      this.complain('typed errors', `request ${one.n} was rejected with ${String(detail)}`);
    }
    this.settled(one, outcome);
  }

  private refused(one: RequestRecord): void {
    if (one.patient)
      this.complain('patience', `request ${one.n} was refused for want of room, which it would wait for`);
  }

  heard(fact: Fact): void {
    if (fact.type === 'request.assigned') this.assigned++;
    else if (fact.type === 'failover.started') this.failoversStarted++;
    else if (fact.type === 'failover.completed') this.failoversCompleted++;
    if (!('metadata' in fact) || fact.metadata === undefined) return;
    const one = this.all[Number(fact.metadata.chaos)];
    if (one === undefined) {
      if (fact.type !== 'request.rejected') this.complain('metadata', `${fact.type} lost the metadata of its request`);
      return;
    }
    if (fact.type === 'request.accepted') this.accepted(one);
    else if (isTerminal(fact)) {
      if (++one.facts > 1) this.complain('single settlement', `request ${one.n} had ${one.facts} terminal facts`);
      const outcome = OUTCOMES.find((name) => `request.${name}` === fact.type);
      if (one.outcome !== undefined && one.outcome !== outcome)
        this.complain(
          'one outcome',
          `request ${one.n} was ${one.outcome} to its submitter and ${outcome} to listeners`,
        );
      this.settled(one, outcome);
    } else if (fact.type === 'request.settledLate') this.heardLate(one, fact.attempt, fact.componentId);
  }

  /** It has its place in the queue: it is the first of its type that waited for one. */
  private accepted(one: RequestRecord): void {
    one.wasAccepted = true;
    if (!one.inLine) return;
    for (const other of this.open) {
      if (other.n >= one.n) return;
      if (other.inLine && !other.wasAccepted && other.request.type === one.request.type)
        this.complain('in order', `request ${one.n} was accepted before request ${other.n}, which waited`);
    }
  }

  /** Handlers that began in that time, both ends included. */
  begunWithin(from: number, to: number): number {
    return this.startTimes.reduce((count, at) => (at >= from && at <= to ? count + 1 : count), 0);
  }

  private heardLate(one: RequestRecord, number: number, componentId: string): void {
    const run = one.runs.find((each) => each.number === number);
    if (run === undefined) {
      this.complain('late results', `request ${one.n} has no attempt ${number}`);
      return;
    }
    if (++run.lateFacts > 1) this.complain('late results', `attempt ${number} of request ${one.n} was late twice`);
    if (componentId !== '' && componentId !== run.seat.id)
      this.complain(
        'late results',
        `attempt ${number} of request ${one.n} ran on ${run.seat.id}, not on ${componentId}`,
      );
  }

  private settled(one: RequestRecord, outcome: Outcome | undefined): void {
    if (one.outcome !== undefined || outcome === undefined) return;
    one.outcome = outcome;
    one.settledAt = this.now();
    this.open.delete(one);
    this.outcomes[outcome]++;
  }

  started(one: RequestRecord, seat: StubComponent, number: number, attempt: Attempt | undefined): AttemptRecord {
    const run: AttemptRecord = {
      of: one,
      seat,
      number,
      startedAt: this.now(),
      attempt,
      watched: false,
      abortedAt: undefined,
      settledAt: undefined,
      ok: false,
      retryable: undefined,
      refused: false,
      lateFacts: 0,
    };
    this.runs++;
    this.startTimes.push(run.startedAt);
    one.runs.push(run);
    seat.running.add(run);
    this.running.add(run);
    return run;
  }

  ended(run: AttemptRecord, ok: boolean, value: unknown): void {
    run.settledAt = this.now();
    run.ok = ok;
    run.refused = !ok && value instanceof ChaosError && value.retryAfterMs !== undefined && value.callerFault !== true;
    run.retryable = typeof value === 'object' && value !== null ? Reflect.get(value, 'retryable') : undefined;
    if (ok) run.seat.done++;
    run.seat.running.delete(run);
    this.running.delete(run);
  }

  /** An open request, counted from the newest; undefined when there is none. */
  pick(of: number): RequestRecord | undefined {
    const open = [...this.open];
    return open[open.length - 1 - (of % Math.max(1, open.length))];
  }
}
