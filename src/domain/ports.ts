import type { FactOfType } from './events.ts';
import type { ResourceShares } from './workload.ts';

/** Source of time. All of plimsoll's waiting goes through it, so that tests and simulations own time. */
export interface Clock {
  /** Epoch milliseconds; may be fractional; must not go backwards while the balancer lives. */
  now(): number;
  /**
   * Epoch ms by the clock that callers make a request's `deadline` with, where that is not `now()`: it may be set back and
   * forward. Default: `now()`.
   */
  wall?(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(id: unknown): void;
}

/** Keeps the process alive while there is work, since the balancer's timers do not. Must not throw; may be called twice. */
export interface ProcessHold {
  hold(): void;
  release(): void;
}

/** Source of chance: a number in [0, 1), like `Math.random`. */
export type Random = () => number;

/** A captured async context: what node's AsyncResource offers. */
export interface AsyncScope {
  runInAsyncScope<A extends unknown[], R>(run: (...args: A) => R, thisArg?: unknown, ...args: A): R;
}

/** A value that follows code through its awaits and callbacks: what node's AsyncLocalStorage offers. */
export interface AsyncStore<T> {
  run<A extends unknown[], R>(value: T, run: (...args: A) => R, ...args: A): R;
  getStore(): T | undefined;
  /** Ends all that runs with a value; the next `run` begins anew. */
  disable(): void;
}

/** Where all facts of the process go, for whoever watches it: what a channel of node's diagnostics_channel offers. */
export interface FactChannel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

/** The part of pino's interface that plimsoll calls. A logger that throws is ignored. */
export interface Logger {
  debug(fields: object, message?: string): void;
  info(fields: object, message?: string): void;
  warn(fields: object, message?: string): void;
  error(fields: object, message?: string): void;
}

/** What survives a restart: learned weights and algorithm performance, as JSON. Nothing of a single request. */
export interface SavedState {
  readonly version: 1;
  /** Epoch milliseconds. */
  readonly savedAt: number;
  /** Learned weight per component, with the configured weight it was learned under. */
  readonly weights: Readonly<Record<string, { readonly weight: number; readonly configured: number }>>;
  readonly algorithmPerformance: Readonly<Record<string, SavedAlgorithmPerformance>>;
  readonly strategyByPriority: Readonly<Record<string, string>>;
}

export interface SavedAlgorithmPerformance {
  readonly picks: number;
  readonly completed: number;
  readonly failed: number;
  /** Milliseconds. */
  readonly meanResponseMs: number;
}

/**
 * Where state is kept. `load` resolves to `undefined` when there is none; both may reject: the balancer then logs,
 * raises an alert, and goes on (fresh after a failed load).
 */
export interface StateStore {
  load(): Promise<unknown>;
  save(state: SavedState): Promise<void>;
  /** Called when what `load` gave does not fit the schema; a file store moves the file aside. */
  quarantine?(reason: string): Promise<string | undefined>;
  /** Where the state is, in words: said once at the start. */
  readonly place?: string | undefined;
  /**
   * Called after the state was loaded, and after each save: who else keeps state in the same place, in words; undefined: nobody that is
   * known, or nobody new since the last call. The balancer warns of it.
   */
  sharedWith?(): Promise<string | undefined>;
  /** Called once after the last save. */
  close?(): Promise<void>;
}

/** What a manager may tell the balancer. Safe to call at any time; ignored after the balancer has stopped. */
export interface BalancerLink {
  reportHealth(componentId: string, healthy: boolean, reason?: string): void;
  reportUsage(componentId: string, usage: Partial<ResourceShares>): void;
  /** Response time in ms of work that did not pass through the balancer. */
  reportResponseTime(componentId: string, ms: number, ok: boolean): void;
  updateLimits(componentId: string, limits: Partial<ResourceShares>): void;
}

interface Manager {
  /** Called once at the start, with what the manager may call back. */
  attach?(link: BalancerLink): void;
}

/** Tells `reportHealth`; hears of status changes. */
export interface HealthMonitorPort extends Manager {
  statusChanged?(fact: FactOfType<'component.statusChanged'>): void;
}

/** Hears the metrics of each load-monitor cycle; may tell response times of other work. */
export interface PerformanceMonitorPort extends Manager {
  metricsSampled?(fact: FactOfType<'metrics.sampled'>): void;
}

/** Hears every error that plimsoll contained. */
export interface ErrorManagerPort extends Manager {
  errorReported?(fact: FactOfType<'error.reported'>): void;
}

/** Tells usage and new limits; hears scaling recommendations. */
export interface ResourceManagerPort extends Manager {
  scalingRecommended?(fact: FactOfType<'scaling.recommended'>): void;
}

/** The four managers of a host; all optional; each call is guarded. */
export interface Integrations {
  readonly health?: HealthMonitorPort;
  readonly performance?: PerformanceMonitorPort;
  readonly errors?: ErrorManagerPort;
  readonly resources?: ResourceManagerPort;
}
