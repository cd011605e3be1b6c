import { NotRunningError } from '../../domain/errors.ts';
import type { Fact } from '../../domain/events.ts';
import { OUTCOMES } from '../../domain/outcome.ts';
import type { WorkloadRequest } from '../../domain/request.ts';
import { type AttemptRecord, outcomeOf, type RequestRecord } from './request-log.ts';
import type { ChaosRun } from './run.ts';
import type { Behaviour } from './schedule.ts';

/** Runs of each second that are marked whatever their component does. */
const MARKED_A_SECOND = 50;

const PLAIN = { unheard: false, maxRetries: 0, patient: false, inLine: false };

/** Submits requests in each of the ways there are, and tells the witness what its submitter hears. */
export class Submitter {
  private readonly run: ChaosRun;
  private inside: (() => void)[] = [];

  constructor(run: ChaosRun) {
    this.run = run;
  }

  /** The balancer's actor is in the middle of its mailbox, and an observer of it was called. */
  insideEvent(): void {
    for (const submit of this.inside.splice(0)) submit();
  }

  /** @returns what becomes of it, where it is submitted by `execute`. */
  submit(request: WorkloadRequest, behaviours: readonly Behaviour[], via: string): Promise<unknown> | undefined {
    const { balancer, witness: log, state, isAlive, observed } = this.run;
    if (via === 'inside' && isAlive) {
      this.inside.push(() => this.submit(request, behaviours, 'execute'));
      return undefined;
    }
    const one = log.submitted(request, behaviours, {
      controller: via === 'execute' || via === 'patient' ? new AbortController() : undefined,
      unheard: via === 'submitRequest' && !observed,
      patient: via === 'patient' || state.settings.whenFull === 'wait',
      inLine: via === 'patient',
      maxRetries: request.maxRetries ?? state.settings.maxRetries,
    });
    if (via === 'submitRequest') one.accepted = balancer.submitRequest(one.request);
    else if (via === 'message' && isAlive) {
      const replyTo = { send: (fact: Fact) => this.replied(one, fact) };
      balancer.actor.send({ type: 'request.submit', request: one.request, replyTo });
    } else {
      const signal = one.n % 2 === 0 ? { signal: one.controller?.signal } : undefined;
      const outcome = balancer.execute(one.request, via === 'patient' ? { ...signal, whenFull: 'wait' } : signal);
      this.hearFrom(one, outcome);
      return outcome;
    }
    return undefined;
  }

  /**
   * A running handler submits something more of its type, after an await.
   * @returns what becomes of it.
   */
  async submitLater(run: AttemptRecord): Promise<unknown> {
    // only once: requests that are tried again, and submit each time, would never end
    const more = !run.of.nested && run.of.n % 3 === 0;
    const behaviour: Behaviour = {
      does: 'succeed',
      after: 1,
      signal: 'heeds',
      ...(more ? { calls: 'submitLater' } : {}),
    };
    return this.submitNested(run.of.request.type, [behaviour], this.isKnown(run));
  }

  /** @param known whether the balancer has to know that a running handler submits it. */
  submitNested(type: string, behaviours: readonly Behaviour[], known: boolean): Promise<unknown> | undefined {
    const { witness: log, state } = this.run;
    const nth = log.all.length;
    const outcome = this.submit({ type }, behaviours, 'execute');
    log.all[nth]!.nested = true;
    log.all[nth]!.admittedInDrain = known && state.mode.admitsNested;
    return outcome;
  }

  /** Whether the balancer has to know a handler as one of its own: it runs, and its run was marked (docs/decisions/0014). */
  private isKnown({ attempt, startedAt, settledAt }: AttemptRecord): boolean {
    const { state, witness: log } = this.run;
    if (settledAt !== undefined) return false;
    if (state.options.handlerMarks === undefined || attempt === undefined || attempt.abandoned) return false;
    return log.begunWithin(startedAt - 1_000, startedAt) <= MARKED_A_SECOND;
  }

  /** Something that is no valid request, whatever its type says. */
  submitInvalid(value: unknown): void {
    const { balancer, witness: log } = this.run;
    const one = log.submitted({ type: 'invalid' }, [], { ...PLAIN, controller: undefined });
    const request: WorkloadRequest = Object(value);
    this.hearFrom(one, balancer.execute(request));
  }

  private hearFrom(one: RequestRecord, promise: Promise<unknown>): void {
    const { witness: log } = this.run;
    promise.then(
      () => log.answered(one, 'completed', undefined),
      (error: unknown) => {
        if (error instanceof NotRunningError && one.admittedInDrain && this.run.state.mode.admitsNested)
          this.run.complain('drain', `request ${one.n}, of a running handler, was refused while the balancer drained`);
        log.answered(one, outcomeOf(error), error);
      },
    );
  }

  private replied(one: RequestRecord, fact: Fact): void {
    const outcome = OUTCOMES.find((name) => `request.${name}` === fact.type);
    this.run.witness.answered(one, outcome, fact);
  }
}
