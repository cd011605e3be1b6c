import type { Fact } from '../../domain/events.ts';
import { OUTCOMES } from '../../domain/outcome.ts';
import type { WorkloadRequest } from '../../domain/request.ts';
import { outcomeOf, type RequestRecord } from './request-log.ts';
import type { ChaosRun } from './run.ts';
import type { Behaviour } from './schedule.ts';

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

  submit(request: WorkloadRequest, behaviours: readonly Behaviour[], via: string): void {
    const { balancer, witness: log, state, isAlive, observed } = this.run;
    if (via === 'inside' && isAlive) {
      this.inside.push(() => this.submit(request, behaviours, 'execute'));
      return;
    }
    const one = log.submitted(request, behaviours, {
      controller: via === 'execute' ? new AbortController() : undefined,
      unheard: via === 'submitRequest' && !observed,
      maxRetries: request.maxRetries ?? state.settings.maxRetries,
    });
    if (via === 'submitRequest') one.accepted = balancer.submitRequest(one.request);
    else if (via === 'message' && isAlive) {
      const replyTo = { send: (fact: Fact) => this.replied(one, fact) };
      balancer.actor.send({ type: 'request.submit', request: one.request, replyTo });
    } else {
      const options = one.n % 2 === 0 ? { signal: one.controller?.signal } : undefined;
      this.hearFrom(one, balancer.execute(one.request, options));
    }
  }

  /** Something that is no valid request, whatever its type says. */
  submitInvalid(value: unknown): void {
    const { balancer, witness: log } = this.run;
    const one = log.submitted({ type: 'invalid' }, [], { controller: undefined, unheard: false, maxRetries: 0 });
    const request: WorkloadRequest = Object(value);
    this.hearFrom(one, balancer.execute(request));
  }

  private hearFrom(one: RequestRecord, promise: Promise<unknown>): void {
    const { witness: log } = this.run;
    promise.then(
      () => log.answered(one, 'completed', undefined),
      (error: unknown) => log.answered(one, outcomeOf(error), error),
    );
  }

  private replied(one: RequestRecord, fact: Fact): void {
    const outcome = OUTCOMES.find((name) => `request.${name}` === fact.type);
    this.run.witness.answered(one, outcome, fact);
  }
}
