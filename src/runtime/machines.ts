import type { AnyActorRef } from 'xstate';
import { type BalancerLogicOf, createBalancerLogic } from '../../machines/balancer/index.ts';
import { type BalancerInput, resolveInput } from './options.ts';

/** The balancer as actor logic: `invoke: { src: balancerLogic, systemId: 'balancer', input }`. */
export interface BalancerLogic extends BalancerLogicOf<BalancerInput> {}

export const balancerLogic: BalancerLogic = createBalancerLogic<BalancerInput>((input, self: AnyActorRef) =>
  resolveInput(input, self.system._clock),
);

export type { BalancerSnapshot } from '../../machines/balancer/index.ts';
export { balanced } from '../../machines/embed/balanced.ts';
export { type ActorFinder, balancerOf, type BalancerRef } from '../../machines/embed/balancer-ref.ts';
export { stopBalancer } from '../../machines/embed/stop-balancer.ts';
export { type HostRef, submitFrom, subscribeFrom } from '../../machines/embed/submit-from.ts';
export type { BalancerTarget } from '../../machines/embed/submission.ts';
export type { BalancerOutput, BalancerState } from '../domain/balancer.ts';
export {
  type BalancerCommand,
  type Fact,
  type FactOfType,
  type FactReceiver,
  type FactType,
  isTerminal,
  type Receiver,
  type TerminalFact,
} from '../domain/events.ts';
export type { WorkloadRequest } from '../domain/request.ts';
export type { BalancerInput };

export { type Inspectable, inspectable } from './inspectable.ts';
