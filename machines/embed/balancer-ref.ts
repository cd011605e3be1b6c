import type { ActorRef } from 'xstate';
import { InvalidConfigError, NotRunningError } from '../../src/domain/errors.ts';
import type { BalancerCommand, Fact } from '../../src/domain/events.ts';
import { formatValue } from '../../src/domain/request.ts';
import { isEngineState } from '../../src/engine/create.ts';
import type { EngineState } from '../../src/engine/state.ts';
import type { BalancerSnapshot } from '../balancer/index.ts';

/** A reference to a balancer actor: takes commands, emits facts. */
export interface BalancerRef extends ActorRef<BalancerSnapshot, BalancerCommand, Fact> {}

/** Why nothing was found under a `systemId`. */
export const NO_BALANCER = 'noBalancer';

/** What is used of an actor system. */
export interface ActorFinder {
  get(systemId: string): unknown;
}

/**
 * The balancer that runs in an actor system under a `systemId`; `system.get()` knows no types.
 * @throws NotRunningError when there is none: never started, stopped, or its input was refused.
 * @throws InvalidConfigError when another kind of actor has that id.
 */
export function balancerOf(system: ActorFinder, systemId: string): BalancerRef {
  const found: unknown = system.get(systemId);
  if (isBalancer(found)) return found;
  if (found === undefined) {
    throw new NotRunningError(
      `No balancer runs under the systemId ${formatValue(systemId)}. Invoke or spawn balancerLogic with that systemId in the same actor system, and not after it is used.`,
      { reason: NO_BALANCER, value: systemId },
    );
  }
  throw new InvalidConfigError(`The actor with the systemId ${formatValue(systemId)} is not a balancer.`, {
    reason: 'notABalancer',
    value: systemId,
  });
}

const isBalancer = (value: unknown): value is BalancerRef =>
  typeof value === 'object' && value !== null && stateOf(value) !== undefined;

/** The state of a running or stopped balancer; undefined for anything else, such as one whose input was refused. */
export function stateOf(ref: object): EngineState | undefined {
  if (!('getSnapshot' in ref) || typeof ref.getSnapshot !== 'function') return undefined;
  let snapshot: unknown;
  try {
    snapshot = ref.getSnapshot();
  } catch {
    // of an actor that is just being made XState has none yet
    return undefined;
  }
  const context: unknown = isObject(snapshot) ? Reflect.get(snapshot, 'context') : undefined;
  const state: unknown = isObject(context) ? Reflect.get(context, 'state') : undefined;
  return isEngineState(state) ? state : undefined;
}

/** @throws what its input was refused with, or TypeError when it is no balancer. */
export function stateOrThrow(ref: BalancerRef): EngineState {
  const state = stateOf(ref);
  if (state !== undefined) return state;
  const { error } = ref.getSnapshot();
  throw error ?? new TypeError('not a balancer');
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
