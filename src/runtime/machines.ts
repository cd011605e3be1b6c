import type { AnyActorRef } from 'xstate';
import { type BalancerLogicOf, createBalancerLogic } from '../../machines/balancer/index.ts';
import { type BalancerInput, resolveInput } from './options.ts';

/** The balancer as actor logic: `invoke: { src: balancerLogic, systemId: 'balancer', input }`. */
export interface BalancerLogic extends BalancerLogicOf<BalancerInput> {}

export const balancerLogic: BalancerLogic = createBalancerLogic<BalancerInput>((input, self: AnyActorRef) =>
  resolveInput(input, self.system._clock),
);

export type { BalancerInput };

export { type Inspectable, inspectable } from './inspectable.ts';
