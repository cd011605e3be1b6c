import type { ActorLogic, ActorSystem, AnyActorRef, Snapshot } from 'xstate';
import type { BalancerOutput, BalancerState } from '../../src/domain/balancer.ts';
import type { BalancerCommand, Fact } from '../../src/domain/events.ts';
import { expose, withFastLane } from '../fast-path.ts';
import { boot } from './actions.ts';
import { defect } from '../../src/engine/events/alerts.ts';
import { balancerMachine } from './balancer.machine.ts';
import type { BookInput } from '../../src/engine/resolved-options.ts';
import { Books } from '../../src/engine/state.ts';
import { balancerLanes } from './fast-path.ts';
import { shutDown } from '../../src/engine/control/shutdown.ts';

/** The balancer actor: its statechart, with requests on the fast lane. Stopped from outside, it still settles everything. */
const balancerActor = withFastLane(balancerMachine, balancerLanes, {
  onStart({ context }, scope) {
    context.books.emit = (fact) => scope.emit(fact);
    context.books.stopChild = (child) => scope.stopChild(child);
  },
  onActive: ({ context }) => boot(context.books),
  ahead: ({ context: { books } }) => books.arrivals.pending,
  onDefect: ({ context: { books } }, cause, { type }) => defect(books, cause, type),
  onStop({ context }) {
    shutDown(context.books);
    context.books.facts.drain();
  },
});

/** Snapshot of a balancer, without its insides. */
export type BalancerSnapshot = Snapshot<BalancerOutput> & { readonly value: BalancerState };

/** The balancer as actor logic, for `invoke`, `spawnChild` and `createActor`. */
export interface BalancerLogicOf<TInput>
  // biome-ignore lint/suspicious/noExplicitAny: XState's own bound for "any system"
  extends ActorLogic<BalancerSnapshot, BalancerCommand, TInput, ActorSystem<any>, Fact> {}

/**
 * Binds the balancer to a way of reading its input.
 * @param resolve fills in defaults and ports; what it throws (InvalidConfigError) reaches the host's `onError`.
 */
export function createBalancerLogic<TInput>(
  resolve: (input: TInput, self: AnyActorRef) => BookInput,
): BalancerLogicOf<TInput> {
  return expose<BalancerLogicOf<TInput>>(balancerActor, (input, self) => ({
    books: new Books(resolve(input, self), self),
  }));
}
