import type { AnyActorRef } from 'xstate';
import { type BalancerLogicOf, createBalancerLogic } from '../../machines/balancer/index.ts';
import {
  type ComponentActorInput,
  type ComponentLogicOf,
  createComponentLogic,
} from '../../machines/embed/standalone-component.ts';
import {
  createRequestProcessorLogic,
  type RequestProcessorInput,
  type RequestProcessorLogic,
} from '../../machines/embed/standalone-monitors.ts';
import { systemClockOf } from '../lib/xstate-internals.ts';
import { type BalancerInput, clockOf, resolveComponentInput, resolveInput } from './options.ts';

/** The balancer as actor logic: `invoke: { src: balancerLogic, systemId: 'balancer', input }`. */
export interface BalancerLogic extends BalancerLogicOf<BalancerInput> {}

export const balancerLogic: BalancerLogic = createBalancerLogic<BalancerInput>((input, self: AnyActorRef) =>
  resolveInput(input, systemClockOf(self)),
);

/** The five states of one component as actor logic, for what does not stand behind a balancer. */
export interface ComponentLogic extends ComponentLogicOf<ComponentActorInput> {}

/**
 * A component as an actor of your own: available, busy, overloaded, in maintenance or failed, with its cooldowns, probes and
 * slow start. Tell it of work (`request.assign`, `request.released`), of failure (`component.fail`) and of probes
 * (`probe.good`, `probe.bad`); it emits `component.statusChanged`, `component.probeRequested` and `command.refused`.
 */
export const componentLogic: ComponentLogic = createComponentLogic<ComponentActorInput>((input, self: AnyActorRef) =>
  resolveComponentInput(input, systemClockOf(self)),
);

/** One timer as an actor of your own; see {@link RequestProcessorLogic}. */
export const requestProcessorLogic: RequestProcessorLogic<RequestProcessorInput> = createRequestProcessorLogic(
  (_input, self) => {
    const clock = clockOf(undefined, systemClockOf(self));
    const origin = clock.now();
    return () => clock.now() - origin;
  },
);
