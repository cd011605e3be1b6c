import { z } from 'zod';
import type { Clock } from './ports.ts';
import { PRIORITIES, type Priority } from './priority.ts';
import { type RateLimit, type RateLimitUsage, rateLimitSchema } from './rate-limit.ts';
import type { WorkloadRequest } from './request.ts';
import type { RequestIn, ResultOf, TypeIn, UndeclaredWork, WithPayload } from './work.ts';
import type { ResourceShares } from './workload.ts';

/** The five states a component can be in, as users see them. */
export const COMPONENT_STATUSES = ['Available', 'Busy', 'Overloaded', 'Maintenance', 'Failed'] as const;

/** Status of a component. */
export type ComponentStatus = (typeof COMPONENT_STATUSES)[number];

/** What a handler gets beside the request. */
export interface HandlerContext {
  /** Aborted on time-out, deadline, cancel, failover and stop. Its slot stays taken until the handler settles. */
  readonly signal: AbortSignal;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Epoch ms by the clock that the request's `deadline` is by, as it stands when this is read; undefined when the request has none. */
  readonly deadline: number | undefined;
  readonly componentId: string;
  readonly requestId: string;
  /** The balancer's clock; wait on it rather than on the global timers and simulations can run you. */
  readonly clock: Clock;
}

/**
 * Does the work of one attempt. May return, reject, or throw; see the guide "Writing a handler". One for a payload of its own
 * fits every component (it is for `serves` to say what comes), hence the detour by a method: TypeScript compares the
 * parameters of functions more strictly.
 */
export type Handler<P = unknown, R = unknown> = {
  handle(request: HandlerRequest<P>, context: HandlerContext): R | Promise<R>;
}['handle'];

/** What a handler for payloads of its own is called with: a request of whatever type has such. */
export type HandlerRequest<P> = WorkloadRequest<P> & (unknown extends P ? unknown : OfAnyType & WithPayload<P>);

interface OfAnyType {
  // biome-ignore lint/suspicious/noExplicitAny: the type is any that its component serves
  readonly type: any;
}

/** A handler for some types of a map of work. */
export type HandlerFor<W, T extends string = TypeIn<W>> = {
  handle(request: RequestIn<W, T>, context: HandlerContext): ResultOf<W, T> | Promise<ResultOf<W, T>>;
}['handle'];

/** What a worker may tell the balancer about its component. */
export interface WorkerLink {
  reportUsage(usage: Partial<ResourceShares>): void;
  reportHealth(healthy: boolean, reason?: string): void;
  /** The worker is gone for good reasons of its own: fail its component now. */
  fail(reason: string): void;
}

/** A worker with a life of its own: an actor, a pool of threads. */
export interface Worker {
  readonly handle: Handler;
  /** Called when the component is registered. */
  attach?(link: WorkerLink): void;
  /** Called when the component has left or the balancer has stopped. */
  close?(): void | Promise<void>;
}

/** Health check of a component. Healthy unless it returns or resolves to false, throws, rejects or times out. */
export type HealthCheck = (context: { readonly signal: AbortSignal; readonly clock: Clock }) => unknown;

/** Says something of an error that a handler has thrown. Must answer at once, with a boolean. */
export type ErrorRule = (error: unknown) => boolean;

/** What errors mean, where they do not say it themselves (`callerFault`, `retryable`). For a component, or for all of a balancer. */
export interface ErrorRules {
  /** Whether an error is held against the component. Default: each is. When it is not, the request has failed all the same. */
  readonly isFailure?: ErrorRule | undefined;
  /**
   * Whether work that may run twice is retried after an error. Default: after each. Work that may not run twice is retried only where its
   * error itself says `retryable: true`.
   */
  readonly isRetryable?: ErrorRule | undefined;
}

/** A component as its owner describes it: one for some types (`T`) of a map of work (`W`), where they are declared. */
export interface ComponentSpec<W = UndeclaredWork, T extends TypeIn<W> = TypeIn<W>> extends ErrorRules {
  /** Unique within the balancer; 1 to 256 characters. */
  readonly id: string;
  /** Importance of the component itself: what fails more important is alerted louder. Default `NORMAL`. */
  readonly priority?: Priority | undefined;
  /** Slots: how many requests it works on at the same time, 1 to 1,000,000. Default 10. */
  readonly maxConcurrentTasks?: number | undefined;
  /** Percent (0 to 100) of each resource that reservations may reach. Default 100 each. */
  readonly limits?: Partial<ResourceShares> | undefined;
  /** Configured weight, above 0. Default 1. */
  readonly weight?: number | undefined;
  /** Factor on the weight for CRITICAL and HIGH requests, above 0. Default 1. */
  readonly priorityMultiplier?: number | undefined;
  /** The workload types it takes. Default: all. */
  readonly serves?: readonly T[] | undefined;
  /**
   * Whether what it does may run twice. Default true: each request decides. False: a request that began here is not run again,
   * whatever its type and its own `idempotent` say, unless the error says that nothing happened (`retryable: true`); and one that
   * may have run elsewhere is not given to it.
   */
  readonly idempotent?: boolean | undefined;
  /** How much it may be given per time: one limit, or up to eight with windows of different lengths. Default: as much as it has slots for. */
  readonly rateLimit?: RateLimit | readonly RateLimit[] | undefined;
  /** Does the work: a function, or a worker with a life of its own (an actor, a pool of threads). */
  readonly handler: HandlerFor<W, T> | Worker;
  /** Asked every `healthCheckIntervalMs`. Default: none; then only attempts and reports tell whether it is well. */
  readonly check?: HealthCheck | undefined;
}

const finitePositive = z.number().positive();
const limit = z.number().min(0).max(100);
/** Schema of resource limits in percent. */
export const limitsSchema = z.strictObject({ cpu: limit, memory: limit, network: limit, storage: limit }).partial();

const fn = <T>(what: string) => z.custom<T>((value) => typeof value === 'function', { error: `expected ${what}` });

const isWorker = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'handle') === 'function';

const handlerSchema = z.custom<Handler | Worker>((value) => typeof value === 'function' || isWorker(value), {
  error: 'expected a function (request, context) => result, or a worker with a `handle` function',
});

/** Schema of a component, with its defaults. */
export const componentSpecSchema = z.strictObject({
  id: z.string().min(1).max(256),
  priority: z.enum(PRIORITIES).default('NORMAL'),
  maxConcurrentTasks: z.int().min(1).max(1_000_000).default(10),
  limits: limitsSchema.default({}),
  weight: finitePositive.max(1000).default(1),
  priorityMultiplier: finitePositive.max(1000).default(1),
  serves: z.array(z.string().min(1).max(256)).min(1).optional(),
  idempotent: z.boolean().default(true),
  rateLimit: rateLimitSchema.optional(),
  handler: handlerSchema,
  isFailure: fn<ErrorRule>('a function (error) => boolean').optional(),
  isRetryable: fn<ErrorRule>('a function (error) => boolean').optional(),
  check: fn<HealthCheck>('a function that returns or resolves to false when unhealthy').optional(),
});

/** What can be changed of a component while it runs. */
export const componentChangesSchema = z.strictObject({
  maxConcurrentTasks: z.int().min(1).max(1_000_000).optional(),
  weight: finitePositive.max(1000).optional(),
  limits: limitsSchema.optional(),
  serves: z.array(z.string().min(1).max(256)).min(1).nullable().optional(),
  rateLimit: rateLimitSchema.nullable().optional(),
});

/** Changes to a component at run time. `serves: null` means all types, `rateLimit: null` no limit; what has started of late counts for new limits too. */
export type ComponentChanges = z.input<typeof componentChangesSchema>;

/** A component with every default filled in. */
export type ResolvedComponent = z.output<typeof componentSpecSchema>;

/** Use of one resource, in percent of the component. */
export interface ResourceCapacity {
  /** What reservations may reach, 0 to 100. */
  readonly limitPercent: number;
  /** The larger of what is reserved and what was reported within the last 10 s. */
  readonly usedPercent: number;
  /** What is left under the limit, 0 to 100. */
  readonly freePercent: number;
}

/** Read-only view of what a component can carry and how it does. */
export interface ComponentCapacity {
  /** Id of the component. */
  readonly componentId: string;
  /** One of the five statuses. */
  readonly status: ComponentStatus;
  /** The statechart's state in dots, e.g. `operational.busy` or `failed.probing`. */
  readonly state: string;
  /** Ms since it entered that state. */
  readonly timeInStateMs: number;
  /** Slots as configured. */
  readonly maxConcurrentTasks: number;
  /** Slots that may be taken now: the maximum, lowered while warming up and by `adaptiveConcurrency`. */
  readonly availableSlots: number;
  /** Slots that are taken by running attempts. */
  readonly slotsTaken: number;
  /** Slots that are free, 0 and up. */
  readonly slotsFree: number;
  /** Slots taken over `maxConcurrentTasks`, 0 to 1. */
  readonly utilization: number;
  /** By resource. */
  readonly resources: Readonly<Record<keyof ResourceShares, ResourceCapacity>>;
  /** Mean of recent finished executions, ms; 0 when there were none. */
  readonly responseTimeMs: number;
  /** Share of recent executions that succeeded, 0 to 1; 1 when there were none. */
  readonly successRate: number;
  /** Finished executions per second, over about the last 10 s. */
  readonly throughputPerSecond: number;
  /** Configured weight, as adapted by the optimizer. */
  readonly weight: number;
  /** weight · ramp (· priorityMultiplier for CRITICAL and HIGH requests). */
  readonly effectiveWeight: number;
  /** Factor on the weight for CRITICAL and HIGH requests. */
  readonly priorityMultiplier: number;
  /** Failures in a row (k); 0 once recovered. */
  readonly failuresInARow: number;
  /** An outlier that may not be ejected: it is used where nobody else has a free slot, and by its own routes. */
  readonly avoided: boolean;
  /** What it may be given now, by each of its rate limits; empty where it has none. */
  readonly rateLimits: readonly RateLimitUsage[];
  /** How long it still rests because its provider refused work, ms; 0: it does not. */
  readonly restsForMs: number;
}
