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
export type { PayloadOf, RequestIn, RequestOf, ResultOf, TypeIn, UndeclaredWork, WithPayload } from './domain/work.ts';
export {
  type BalancerLogic,
  balancerLogic,
  type ComponentLogic,
  componentLogic,
  requestProcessorLogic,
} from './load-balancer/actor-logic.ts';
export { type Inspectable, inspectable } from './load-balancer/inspectable.ts';
export type { BalancerInput } from './load-balancer/options.ts';
