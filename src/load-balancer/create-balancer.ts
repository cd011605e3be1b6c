import { type ActorRefFrom, createActor, type InspectionEvent } from 'xstate';
import { createBalancerLogic } from '../../machines/balancer/index.ts';
import { stateOrThrow } from '../../machines/embed/balancer-ref.ts';
import type { EngineView } from '../engine/engine-view.ts';
import type { ResolvedOptions } from '../engine/state.ts';
import { containRejection, onRejection } from '../lib/contain-rejection.ts';
import type { BalancerLogic } from './actor-logic.ts';
import { type LoadBalancerConfig, resolveInput, storeOf } from './options.ts';

/** A balancer actor that has been made but not started, and its state. */
export interface MadeBalancer {
  readonly actor: ActorRefFrom<BalancerLogic>;
  readonly state: EngineView;
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
  const state = stateOrThrow(actor);
  if (inspect !== undefined) state.observeMessages();
  return { actor, state };
}

/** XState would let an inspector's error into the transition that it tells of. */
function guarded(
  inspect: (event: InspectionEvent) => void,
  { logger }: ResolvedOptions,
): (event: InspectionEvent) => void {
  const complain = (cause: unknown): void => {
    try {
      containRejection(logger?.error({ err: cause }, 'plimsoll: an inspector threw'));
    } catch {
      // there is nobody left to tell
    }
  };
  return (event) => {
    try {
      onRejection(inspect(event), complain);
    } catch (cause) {
      complain(cause);
    }
  };
}
