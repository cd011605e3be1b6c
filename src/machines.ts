import type { AnyActorRef } from 'xstate';
import { type BalancerLogicOf, createBalancerLogic } from '../machines/balancer/index.ts';
import {
  type ComponentActorInput,
  type ComponentLogicOf,
  createComponentLogic,
} from '../machines/embed/standalone-component.ts';
import {
  createRequestProcessorLogic,
  type RequestProcessorInput,
  type RequestProcessorLogic,
} from '../machines/embed/standalone-monitors.ts';
import { systemClockOf } from './lib/xstate-internals.ts';
import { type BalancerInput, clockOf, resolveComponentInput, resolveInput } from './load-balancer/options.ts';

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

export type { BalancerSnapshot } from '../machines/balancer/index.ts';
export { type ActorFinder, type BalancerRef, balancerOf } from '../machines/embed/balancer-ref.ts';
export { balanced } from '../machines/embed/request-logic.ts';
export type {
  ComponentActorInput,
  ComponentActorSnapshot,
  ComponentActorState,
  ComponentCommand,
  ComponentFact,
} from '../machines/embed/standalone-component.ts';
export {
  type HealthRoundDue,
  healthCheckerLogic,
  type LoadSampled,
  loadMonitorLogic,
  type MonitorActorInput,
  type MonitorLogic,
  type OptimizerAdvised,
  optimizerLogic,
  type RequestProcessorInput,
  type RequestProcessorLogic,
  type TimersDue,
} from '../machines/embed/standalone-monitors.ts';
export { stopBalancer } from '../machines/embed/stop-balancer.ts';
export type { BalancerTarget } from '../machines/embed/submission.ts';
export { type HostRef, submitFrom, subscribeFrom } from '../machines/embed/submit-from.ts';
export type { BalancerOutput, BalancerState } from './domain/balancer.ts';
export {
  type BalancerCommand,
  type Fact,
  type FactOfType,
  type FactReceiver,
  type FactType,
  isTerminal,
  type Receiver,
  type TerminalFact,
} from './domain/events.ts';
export type { WorkloadRequest } from './domain/request.ts';
export { type Inspectable, inspectable } from './load-balancer/inspectable.ts';
export type { BalancerInput };
