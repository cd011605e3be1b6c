import { type ActorRefFrom, createActor, type InspectionEvent } from 'xstate';
import type { EngineState } from '../engine/state.ts';
import { createBalancerLogic } from '../../machines/balancer/index.ts';
import type { ResolvedOptions } from '../engine/resolved-options.ts';
import type { BalancerLogic } from '../machines.ts';
import { type LoadBalancerConfig, resolveInput, storeOf } from './options.ts';

/** A balancer actor that has been made but not started, and its books. */
export interface MadeBalancer {
  readonly actor: ActorRefFrom<BalancerLogic>;
  readonly state: EngineState;
}

/**
 * The composition root: fills the ports with their defaults and makes the actor.
 * @throws InvalidConfigError at once, rather than when the actor starts.
 */
export function createBalancer(config: LoadBalancerConfig): MadeBalancer {
  if (typeof config !== 'object' || config === null) return makeBalancer(resolveInput(config));
  const { statePath, inspect, ...input } = config;
  const resolved = resolveInput({ ...input, store: storeOf(config) });
  return makeBalancer(resolved, inspect);
}

export function makeBalancer(resolved: ResolvedOptions, inspect?: LoadBalancerConfig['inspect']): MadeBalancer {
  const logic: BalancerLogic = createBalancerLogic(() => resolved);
  const { clock } = resolved;
  const actor = createActor(logic, {
    input: { components: [] },
    clock,
    systemId: 'balancer',
    id: 'balancer',
    ...(inspect === undefined ? {} : { inspect: guarded(inspect, resolved) }),
  });
  // XState would report what we handle to the process; what ends the balancer reaches whoever waits for its stop
  actor.subscribe({ error() {} });
  const state = booksOf(actor.getSnapshot());
  if (inspect !== undefined) state.messageObservers++;
  return { actor, state };
}

/** XState would let an inspector's error into the transition that it tells of. */
function guarded(inspect: (event: InspectionEvent) => void, { logger }: ResolvedOptions): (event: InspectionEvent) => void {
  return (event) => {
    try {
      inspect(event);
    } catch (cause) {
      logger?.error({ err: cause }, 'plimsoll: an inspector threw');
    }
  };
}

/** @throws what its input was refused with, or TypeError when it is no balancer. */
export function booksOf(snapshot: unknown): EngineState {
  const context: unknown =
    typeof snapshot === 'object' && snapshot !== null ? Reflect.get(snapshot, 'context') : undefined;
  const state: unknown = typeof context === 'object' && context !== null ? Reflect.get(context, 'books') : undefined;
  if (isBooks(state)) return state;
  throw typeof snapshot === 'object' && snapshot !== null && 'error' in snapshot
    ? snapshot.error
    : new TypeError('not a balancer');
}

const isBooks = (value: unknown): value is EngineState => typeof value === 'object' && value !== null && 'jobs' in value;
