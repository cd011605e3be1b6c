import type { ActorRefFrom } from 'xstate';
import type { Books } from '../engine/state.ts';
import type { Submission } from '../engine/messages.ts';
import { Verdict } from '../engine/events/event-bus.ts';
import { shutDown } from '../engine/control/shutdown.ts';
import { InvalidConfigError, NotRunningError } from '../domain/errors.ts';
import type { BalancerCommand, CommandRefused } from '../domain/events.ts';
import { show } from '../domain/request.ts';
import type { BalancerLogic } from '../machines.ts';

/** How a balancer stands with its owner; its actor may have been stopped by others meanwhile. */
export type Life = 'new' | 'started' | 'stopped';

/** Turns calls into events of the balancer's actor, and the actor's refusals into answers. */
export class Commander {
  readonly books: Books;
  readonly actor: ActorRefFrom<BalancerLogic>;
  life: Life = 'new';

  constructor(actor: ActorRefFrom<BalancerLogic>, books: Books) {
    this.actor = actor;
    this.books = books;
  }

  /** The books as they are once everything that was handed in has arrived. */
  get current(): Books {
    this.books.arrivals.run();
    return this.books;
  }

  /** Ends a balancer that was never started. */
  abandon(): void {
    this.life = 'stopped';
    shutDown(this.books);
  }

  get isLive(): boolean {
    return this.life === 'started' && this.actor.getSnapshot().status === 'active';
  }

  send(event: Submission | BalancerCommand): void {
    this.actor.send(event);
  }

  /** Sends a command. @returns whether it was taken: false when it was refused, or the balancer does not run. */
  ask(command: BalancerCommand): boolean {
    return this.isLive && this.refusalOf(command) === undefined;
  }

  /** Sends a command that must not be refused. @throws InvalidConfigError, NotRunningError */
  require(command: BalancerCommand): void {
    if (!this.isLive)
      throw new NotRunningError(`The balancer is not running, so ${command.type} cannot be done. Start it first.`, {
        reason: this.life,
      });
    const refusal = this.refusalOf(command);
    if (refusal !== undefined)
      throw new InvalidConfigError(`${command.type} was refused (state ${show(refusal.state)}): ${refusal.reason}`, {
        value: command,
      });
  }

  private refusalOf(command: BalancerCommand): CommandRefused | undefined {
    const verdict = new Verdict();
    this.send({ ...command, replyTo: verdict });
    return verdict.refusal;
  }
}
