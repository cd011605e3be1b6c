import type { Fact, FactType } from './events.ts';
import type { WorkloadRequest } from './request.ts';
import type { WorkloadType } from './workload.ts';

/**
 * Work that nobody has declared: types are any names, payloads and results `unknown`. The default of every type parameter `W`, for
 * which a map of work may be given instead, from each type to its payload and its result:
 *
 * ```ts
 * interface Work {
 *   QUOTE: { payload: Order; result: Receipt };
 * }
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: it is what a balancer of any map of work can be used as
export type UndeclaredWork = any;

/** `Undeclared` where no map of work is given, else `Declared`. */
type IfUndeclared<W, Undeclared, Declared> = 0 extends 1 & W ? Undeclared : Declared;

/** The types of a map of work. */
export type TypeIn<W> = IfUndeclared<W, WorkloadType, Extract<keyof W, string>>;

/** The payload of a type. */
export type PayloadOf<W, T extends string> = IfUndeclared<
  W,
  unknown,
  T extends keyof W ? (W[T] extends { readonly payload: infer P } ? P : unknown) : never
>;

/** The result of a type. */
export type ResultOf<W, T extends string> = IfUndeclared<
  W,
  unknown,
  T extends keyof W ? (W[T] extends { readonly result: infer R } ? R : unknown) : never
>;

/** A payload that is there, unless it may be undefined. */
export type WithPayload<P> = undefined extends P ? { readonly payload?: P } : { readonly payload: P };

/** A request of one type of a map of work. */
export type RequestOf<W, T extends string> = WorkloadRequest<PayloadOf<W, T>> & { readonly type: T } & WithPayload<
    PayloadOf<W, T>
  >;

/** A request of any type of a map of work: one of a union, which its `type` tells apart. */
export type RequestIn<W, T extends string = TypeIn<W>> = IfUndeclared<
  W,
  WorkloadRequest,
  T extends unknown ? RequestOf<W, T> : never
>;

/** A request as far as who may take it goes: its payload may be left out. */
export type RoutedRequest<W> = WorkloadRequest & { readonly type: TypeIn<W> };

/** The fact of a type; of a completed request its `workload` tells what its `result` is. */
export type FactIn<W, F extends FactType> = IfUndeclared<
  W,
  Extract<Fact, { type: F }>,
  F extends 'request.completed' ? CompletedIn<W, TypeIn<W>> : Extract<Fact, { type: F }>
>;

type CompletedIn<W, T extends string> = T extends unknown
  ? Extract<Fact, { type: 'request.completed' }> & { readonly workload: T; readonly result: ResultOf<W, T> }
  : never;
