import type { ActorLogic, ActorSystem, AnyActorRef, Snapshot } from 'xstate';
import type { BalancerOutput, BalancerState } from '../../src/domain/balancer.ts';
import type { BalancerCommand, Fact } from '../../src/domain/events.ts';
import { formatValue } from '../../src/domain/request.ts';
import { shutDown } from '../../src/engine/control/shutdown.ts';
import { createEngineState } from '../../src/engine/create.ts';
import { defect } from '../../src/engine/events/alerts.ts';
import { isForged } from '../../src/engine/inner-messages.ts';
import type { ResolvedOptions } from '../../src/engine/state.ts';
import { componentLogic } from '../component/index.ts';
import { withFastPath, withInput } from '../fast-path.ts';
import { withoutPersistence } from '../without-persistence.ts';
import { boot } from './actions.ts';
import { balancerMachine } from './balancer.machine.ts';
import { balancerHandlers } from './fast-path.ts';

/** The balancer actor: its statechart, with requests on the fast path. Stopped from outside, it still settles everything. */
const balancerActor = withFastPath(balancerMachine, balancerHandlers, {
  onStart({ context }, scope) {
    context.state.supervision.emit = (fact) => scope.emit(fact);
    context.state.supervision.stopChild = (child) => scope.stopChild(child);
  },
  onActive: ({ context }) => boot(context.state),
  flushBefore: ({ context: { state } }) => state.mailbox.arrivals.pending,
  isWelcome: (event) => !isForged(event),
  onRefused: ({ context: { state } }, event) =>
    state.diagnostics.report('WARNING', 'EVENT_REFUSED', undefined, refusedEvent(event)),
  onDefect: ({ context: { state } }, cause, { type }) => defect(state, cause, type),
  onStop({ context }) {
    shutDown(context.state);
    context.state.events.drain();
  },
});

/** What the balancer does not take: no event at all, or one that only its own parts may send. */
function refusedEvent(event: unknown): Error {
  const what = `The balancer was sent ${formatValue(event)}, and has ignored it`;
  return new TypeError(
    typeof event === 'object' && event !== null
      ? `${what}: expected a command with a readable \`type\`; what the balancer and its actors tell each other is not for others to send.`
      : `${what}: expected an event, an object with a \`type\` that is a string.`,
  );
}

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
  resolve: (input: TInput, self: AnyActorRef) => ResolvedOptions,
): BalancerLogicOf<TInput> {
  const logic = withInput<BalancerLogicOf<TInput>>(balancerActor, (input, self) => ({
    state: createEngineState({ componentLogic, ...resolve(input, self) }, self),
  }));
  return withoutPersistence(logic);
}
