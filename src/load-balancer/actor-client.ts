import type { ActorRefFrom } from 'xstate';
import { InvalidConfigError, NotRunningError } from '../domain/errors.ts';
import type { BalancerCommand, CommandRefused } from '../domain/events.ts';
import { formatValue } from '../domain/request.ts';
import type { EngineView } from '../engine/engine-view.ts';
import { CommandReply } from '../engine/events/event-bus.ts';
import type { Submission } from '../engine/messages.ts';
import type { BalancerLogic } from './actor-logic.ts';

/** How a balancer stands with its owner; its actor may have been stopped by others meanwhile. */
export type Lifecycle = 'new' | 'started' | 'stopped';

/** Turns calls into events of the balancer's actor, and the actor's refusals into answers. */
export class ActorClient {
  readonly engine: EngineView;
  readonly actor: ActorRefFrom<BalancerLogic>;
  lifecycle: Lifecycle = 'new';

  constructor(actor: ActorRefFrom<BalancerLogic>, engine: EngineView) {
    this.actor = actor;
    this.engine = engine;
  }

  /** The engine, after everything that was submitted has been admitted. */
  flushed(): EngineView {
    this.engine.flush();
    return this.engine;
  }

  /** Ends a balancer that was never started. */
  abandon(): void {
    this.lifecycle = 'stopped';
    this.engine.shutDown();
  }

  get isLive(): boolean {
    return this.lifecycle === 'started' && this.actor.getSnapshot().status === 'active';
  }

  send(event: Submission | BalancerCommand): void {
    this.actor.send(event);
  }

  /** Sends a command. @returns whether it was taken: false when it was refused, or the balancer does not run. */
  trySend(command: BalancerCommand): boolean {
    return this.isLive && this.refusalOf(command) === undefined;
  }

  /** Sends a command that must not be refused. @throws InvalidConfigError, NotRunningError */
  sendOrThrow(command: BalancerCommand): void {
    if (!this.isLive)
      throw new NotRunningError(`The balancer is not running, so ${command.type} cannot be done. Start it first.`, {
        reason: this.lifecycle,
      });
    const refusal = this.refusalOf(command);
    if (refusal !== undefined)
      throw new InvalidConfigError(
        `${command.type} was refused (state ${formatValue(refusal.state)}): ${refusal.reason}`,
        {
          value: command,
        },
      );
  }

  private refusalOf(command: BalancerCommand): CommandRefused | undefined {
    const verdict = new CommandReply();
    this.send({ ...command, replyTo: verdict });
    return verdict.refusal;
  }
}
