import { type ActiveAlgorithm, ALGORITHMS } from '../../src/domain/algorithm.ts';
import { formatValue } from '../../src/domain/request.ts';
import { UNKNOWN_COMMAND } from '../../src/engine/control/command-fields.ts';
import { refuse } from '../../src/engine/control/commands.ts';
import { cancelStranded, shutDown } from '../../src/engine/control/shutdown.ts';
import { dispatch } from '../../src/engine/dispatch/dispatch.ts';
import { raiseAlert } from '../../src/engine/events/alerts.ts';
import { connectIntegrations } from '../../src/engine/events/integrations.ts';
import { cancel } from '../../src/engine/execution/outcomes.ts';
import { inside } from '../../src/engine/inner-messages.ts';
import {
  addComponent,
  componentCrashed,
  mayRestart,
  monitorOf,
  removeDrained,
  startMonitor,
} from '../../src/engine/membership/components.ts';
import type { BalancerEvent } from '../../src/engine/messages.ts';
import { applyState, notLoaded, notSaved, tooSlow } from '../../src/engine/reporting/saved-state.ts';
import type { EngineState } from '../../src/engine/state.ts';
import {
  healthCheckerMachine,
  loadMonitorMachine,
  optimizerMachine,
  requestProcessorMachine,
} from '../monitors/index.ts';

/** What the balancer's statechart does: each of its actions, over the engine's state. */

/** What was held back may go now. Control events cannot be handed back from an action; they come round by the mailbox. */
function dispatchAfterAction(state: EngineState): void {
  dispatch(state, state.scheduler.now());
  if (state.mailbox.control.length > 0) state.mailbox.send(inside({ type: 'state.flushControl' }));
}

export function boot(state: EngineState): void {
  state.options.processHold?.hold();
  connectIntegrations(state);
  addComponents(state, 0);
}

/** Components that are added in one step of the start. */
const BOOT_BATCH = 64;

/**
 * Adds the configured components from a place on, a batch a step. In one step the first reports of a large fleet would
 * all wait in the mailbox; V8 would learn that mailbox entries live long, allocate them among old objects from then on
 * (pretenuring), and each would keep the request that it carried alive until the next full collection. Measured with
 * 1,000 components: 10 times the time per request.
 */
export function addComponents(state: EngineState, from: number): void {
  const { components } = state.options;
  const end = Math.min(from + BOOT_BATCH, components.length);
  for (let k = from; k < end; k++) addComponent(state, components[k]!);
  if (end < components.length) state.mailbox.send(inside({ type: 'components.addNext', from: end }));
}

export function run(state: EngineState): void {
  state.mode.phase = 'running';
  dispatchAfterAction(state);
  state.overload.periodicCheck.releaseIfIdle();
}

/** A stop that does not wait: what is open will be cancelled in the same step. */
export const endsAtOnce = (event: BalancerEvent): boolean => event.type === 'balancer.stop' && event.drain === false;

/** Nothing is open, and nothing of a handler's waits to be admitted. */
export const isDrained = ({ requests, waitingLine }: EngineState): boolean =>
  requests.jobs.open === 0 && waitingLine.size === 0;

/** Refuses new work from here on, but what handlers submit in the course of theirs. */
export function beginDraining(state: EngineState, event: BalancerEvent): void {
  state.mode.phase = 'draining';
  state.options.processHold?.hold();
  state.mode.admitsNested = !endsAtOnce(event);
  state.handlers.marksAll = true;
  state.waitingLine.close('draining', state.scheduler.now(), state.mode.admitsNested);
  if (event.type === 'balancer.stop') noteStopOptions(state, event);
  state.mode.drainUntil = state.scheduler.now() + state.mode.drainTimeoutMs;
  for (const id of ['load-monitor', 'optimizer']) {
    const monitor = state.supervision.monitors.get(id);
    if (monitor !== undefined) state.supervision.stopChild(monitor);
    state.supervision.monitors.delete(id);
  }
  if (endsAtOnce(event)) return;
  // what was submitted while it started has waited for this
  dispatchAfterAction(state);
  cancelStranded(state, state.scheduler.now());
}

/** A second stop that waits for less time than is left of the first. */
export const endsSooner = ({ mode, scheduler }: EngineState, event: BalancerEvent): boolean =>
  event.type === 'balancer.stop' && isTime(event.timeoutMs) && scheduler.now() + event.timeoutMs < mode.drainUntil;

export function hastenStop(state: EngineState, event: BalancerEvent): void {
  if (event.type !== 'balancer.stop' || !isTime(event.timeoutMs)) return;
  state.mode.drainTimeoutMs = event.timeoutMs;
  state.mode.drainUntil = state.scheduler.now() + event.timeoutMs;
}

const isTime = (value: unknown): value is number => typeof value === 'number' && value >= 0;

/** A stop with options that make no sense stops all the same: as if they had not been given, and it is said. */
function noteStopOptions(
  state: EngineState,
  { drain, timeoutMs }: { readonly drain?: unknown; readonly timeoutMs?: unknown },
): void {
  if (isTime(timeoutMs)) state.mode.drainTimeoutMs = timeoutMs;
  if ((isTime(timeoutMs) || timeoutMs === undefined) && (drain === undefined || typeof drain === 'boolean')) return;
  const given = { drain: formatValue(drain), timeoutMs: formatValue(timeoutMs) };
  state.diagnostics.log('warn', given, 'plimsoll: balancer.stop: ignored an option that makes no sense');
}

export function cancelOpen(state: EngineState): void {
  const t = state.scheduler.now();
  state.mode.flowing = false;
  state.mode.admitsNested = false;
  state.waitingLine.close('draining', t);
  state.requests.jobs.forEachOpen((job) => cancel(state, job, 'stopped', t));
  removeDrained(state);
  state.mailbox.control = [];
}

export function finish(state: EngineState): void {
  shutDown(state);
  const { store } = state.options;
  if (store?.close === undefined) return;
  const close = async (): Promise<void> => store.close?.();
  state.events.enqueue({ run: () => void close().catch((cause: unknown) => notSaved(state, cause)) });
}

export function restore(state: EngineState, saved: unknown): void {
  applyState(state, saved);
}

export function onLoadFailed(state: EngineState, cause: unknown): void {
  notLoaded(state, cause);
}

/** A store that hangs holds up nothing for long. */
export function onSlowLoad(state: EngineState): void {
  notLoaded(state, tooSlow());
}

export function onSlowSave(state: EngineState): void {
  notSaved(state, tooSlow());
}

/** A message that is no command: answered, since whoever sent it expects something of it. */
export function refuseUnknown(state: EngineState, event: BalancerEvent): void {
  if (event.type.startsWith('xstate.') || event.type === 'work.drained') return;
  refuse(state, event, state.mode.phase, UNKNOWN_COMMAND, undefined, 'warn');
}

export function onSaveFailed(state: EngineState, cause: unknown): void {
  notSaved(state, cause);
}

export function flow(state: EngineState, event: BalancerEvent, flowing: boolean): void {
  state.mode.flowing = flowing;
  if (!flowing || endsAtOnce(event)) return;
  dispatchAfterAction(state);
}

/** Whether a command's algorithm names this one; `custom` only where the user gave a policy. */
export const isSelectable = (state: EngineState, wanted: unknown, algorithm: ActiveAlgorithm): boolean =>
  wanted === algorithm &&
  (algorithm === 'custom' ? state.selection.algorithms.hasCustom : ALGORITHMS.includes(algorithm));

export function select(state: EngineState, algorithm: ActiveAlgorithm): void {
  const from = state.selection.algorithms.active;
  if (from === algorithm) return;
  state.selection.algorithms.select(algorithm);
  state.events.publish({ type: 'algorithm.switched', from, to: algorithm });
  // what the former algorithm held may be for the new one to give
  dispatchAfterAction(state);
}

/**
 * A child is in error: a component, a monitor, or a stale message about one that has been replaced. It is seen to on
 * the fast path, since a successor made inside an action would have XState warn of an `assign` of its own.
 */
export function supervise(state: EngineState, event: BalancerEvent): void {
  if (!('error' in event) || !event.type.startsWith(CHILD_ERROR)) return;
  state.mailbox.send(
    inside({ type: 'child.crashed', child: event.type.slice(CHILD_ERROR.length), error: event.error }),
  );
}

const CHILD_ERROR = 'xstate.error.actor.';

export function childCrashed(state: EngineState, child: string, error: unknown): void {
  if (!componentCrashed(state, child, error)) monitorCrashed(state, child, error);
}

function monitorCrashed(state: EngineState, id: string, cause: unknown): void {
  const monitor = MONITORS.get(id);
  // a stale message about one that has been replaced
  if (monitor === undefined || monitorOf(state, id)?.getSnapshot().status !== 'error') return;
  const input = {
    settings: () => state.settings,
    parent: state.self,
    components: state.fleet.components,
    advisor: state.learning.optimizer,
    now: () => state.scheduler.now(),
  };
  state.diagnostics.report('ERROR', 'MONITOR_CRASHED', undefined, cause);
  if (mayRestart(state, state.supervision.monitorRestarts, state.scheduler.now())) {
    state.supervision.monitors.set(id, startMonitor(state, monitor, id, input));
    return;
  }
  raiseAlert(state, 'crashLoop', 'CRITICAL', undefined, `The ${id} keeps crashing and is not restarted any more.`);
}

const MONITORS = new Map(
  [requestProcessorMachine, healthCheckerMachine, loadMonitorMachine, optimizerMachine].map(
    (machine) => [machine.id, machine] as const,
  ),
);
