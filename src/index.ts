export { backgroundClock, systemClock } from './adapters/clock/system-clock.ts';
export { retryAfterFrom, type WithHeaders } from './adapters/http/retry-after.ts';
export { fileStore } from './adapters/stores/file-store.ts';
export { type ActorWorker, actorWorker, type WorkerActorRef } from './adapters/workers/actor/actor-worker.ts';
export type { TaskAborted, TaskAnswer, TaskAssigned, TaskMailbox, WorkerFact } from './adapters/workers/actor/task.ts';
export type { ThreadWorkerOptions } from './adapters/workers/thread/options.ts';
export { type ThreadTask, threadWorker } from './adapters/workers/thread/thread-worker.ts';
export { type ActiveAlgorithm, ALGORITHMS, type AlgorithmName } from './domain/algorithm.ts';
export type { BalancerOutput } from './domain/balancer.ts';
export type {
  ComponentCapacity,
  ComponentChanges,
  ComponentSpec,
  ComponentStatus,
  ErrorRule,
  ErrorRules,
  Handler,
  HandlerContext,
  HandlerFor,
  HandlerRequest,
  HealthCheck,
  ResourceCapacity,
  Worker,
  WorkerLink,
} from './domain/component.ts';
export type { RateLimit, RateLimitUsage } from './domain/rate-limit.ts';
export type { Decision, DecisionCandidate, ExclusionReason } from './domain/decision.ts';
export {
  DeadlineExceededError,
  type ErrorCode,
  HandlerError,
  InvalidConfigError,
  InvalidRequestError,
  type JsonCause,
  LoadShedError,
  NoEligibleComponentError,
  NotRunningError,
  OutcomeUnknownError,
  PlimsollError,
  QueueFullError,
  RateLimitedError,
  RequestCancelledError,
  RequestTimeoutError,
} from './domain/errors.ts';
export {
  type AlertKind,
  type BalancerCommand,
  type Fact,
  type FactOfType,
  type FactReceiver,
  type FactType,
  type FailureCause,
  isTerminal,
  type Receiver,
  type Severity,
  type TerminalFact,
} from './domain/events.ts';
export type {
  AlgorithmMetrics,
  BalancerMetrics,
  BalancerRegions,
  ComponentMetrics,
  LatencySummary,
  RecentFigures,
  RouteMetrics,
  ShadowedAlgorithm,
  ShadowMetrics,
} from './domain/metrics.ts';
export { conservationError, OUTCOMES, type Outcome, type RequestCounts } from './domain/outcome.ts';
export type {
  BalancerLink,
  Clock,
  ErrorManagerPort,
  HealthMonitorPort,
  Integrations,
  Logger,
  PerformanceMonitorPort,
  Random,
  ResourceManagerPort,
  SavedState,
  StateStore,
} from './domain/ports.ts';
export { PRIORITIES, type Priority } from './domain/priority.ts';
export type { WorkloadRequest } from './domain/request.ts';
export type { BalancerSettings, ConfigChanges } from './domain/settings.ts';
export type {
  FactIn,
  PayloadOf,
  RequestIn,
  RequestOf,
  ResultOf,
  RoutedRequest,
  TypeIn,
  UndeclaredWork,
  WithPayload,
} from './domain/work.ts';
export {
  RESOURCES,
  type ResourceName,
  type ResourceShares,
  WORKLOAD_TYPES,
  type WorkloadType,
} from './domain/workload.ts';
export { type DashboardData, dashboardSchema } from './engine/reporting/dashboard.ts';
export type { ComponentLiveStats, LiveStats } from './engine/reporting/live-stats.ts';
export type { CandidateAssessment, SelectionPreview } from './engine/reporting/selection-preview.ts';
export type { ComponentLatency, Inspectable } from './load-balancer/inspectable.ts';
export { type ExecuteOptions, LoadBalancer, type StopOptions } from './load-balancer/load-balancer.ts';
export type { LoadBalancerConfig } from './load-balancer/options.ts';
export { type Candidates, HOLD, type Policy, type RequestView } from './selection/policy.ts';
