import { ALGORITHMS, type ActiveAlgorithm } from '../../src/domain/algorithm.ts';
import { messageOf } from '../../src/lib/unknown-error.ts';
import {
  healthCheckerMachine,
  loadMonitorMachine,
  optimizerMachine,
  requestProcessorMachine,
} from '../monitors/index.ts';
import { raiseAlert } from '../../src/engine/events/alerts.ts';
import type { Books } from '../../src/engine/state.ts';
import { addComponent, componentCrashed, mayRestart, monitorOf, startMonitor } from '../../src/engine/membership/components.ts';
import { refuse } from '../../src/engine/control/commands.ts';
import { dispatch } from '../../src/engine/dispatch/dispatch.ts';
import type { BalancerEvent } from '../../src/engine/messages.ts';
import { connectIntegrations } from '../../src/engine/events/integrations.ts';
import { cancel } from '../../src/engine/execution/outcomes.ts';
import { shutDown } from '../../src/engine/control/shutdown.ts';
import { applyState, notSaved, STORE_TIMEOUT_MS, stateDamaged, tooSlow } from '../../src/engine/reporting/saved-state.ts';

/** What the balancer's statechart does: each of its actions, over the books. */

/** Control events cannot be handed back from an action; they come round by the mailbox. */
function flush(books: Books): void {
  if (books.control.length > 0) books.send({ type: 'control.flush' });
}

export function boot(books: Books): void {
  connectIntegrations(books);
  addComponents(books, 0);
}

/** Components that are added in one step of the start. */
const BOOT_BATCH = 64;

/**
 * Adds the configured components from a place on, a batch a step. In one step the first reports of a large fleet would
 * all wait in the mailbox; V8 would learn that mailbox entries live long, allocate them among old objects from then on
 * (pretenuring), and each would keep the request that it carried alive until the next full collection. Measured with
 * 1,000 components: 10 times the time per request.
 */
export function addComponents(books: Books, from: number): void {
  const { components } = books.input;
  const end = Math.min(from + BOOT_BATCH, components.length);
  for (let k = from; k < end; k++) addComponent(books, components[k]!);
  if (end < components.length) books.send({ type: 'components.due', from: end });
}

export function run(books: Books): void {
  books.phase = 'running';
  dispatch(books, books.now());
  flush(books);
}

/** A stop that does not wait: what is open will be cancelled in the same step. */
export const endsAtOnce = (event: BalancerEvent): boolean => event.type === 'balancer.stop' && event.drain === false;

/** Refuses new work from here on. */
export function beginDraining(books: Books, event: BalancerEvent): void {
  books.phase = 'draining';
  if (event.type === 'balancer.stop') {
    const { timeoutMs } = event;
    if (typeof timeoutMs === 'number' && timeoutMs >= 0) books.drainTimeoutMs = timeoutMs;
  }
  for (const id of ['load-monitor', 'optimizer']) {
    const monitor = books.monitors.get(id);
    if (monitor !== undefined) books.stopChild(monitor);
    books.monitors.delete(id);
  }
  if (endsAtOnce(event)) return;
  // what was submitted while it started has waited for this
  dispatch(books, books.now());
  flush(books);
}

export function cancelOpen(books: Books): void {
  const t = books.now();
  books.flowing = false;
  books.jobs.forEachOpen((job) => cancel(books, job, 'stopped', t));
  books.control = [];
}

export function finish(books: Books): void {
  shutDown(books);
  const { store } = books.input;
  if (store?.close === undefined) return;
  const close = async (): Promise<void> => store.close?.();
  books.facts.defer({ run: () => void close().catch((cause: unknown) => notSaved(books, cause)) });
}

export function restore(books: Books, saved: unknown): void {
  applyState(books, saved);
}

export function damaged(books: Books, cause: unknown): void {
  stateDamaged(books, messageOf(cause));
}

/** A store that hangs holds up nothing for long. What it keeps is left as it is. */
export function notLoaded(books: Books): void {
  const cause = new Error(`The store did not load within ${STORE_TIMEOUT_MS} ms.`);
  raiseAlert(books, 'stateDamaged', 'ERROR', undefined, `${cause.message} The balancer starts fresh.`);
  books.report('ERROR', 'STATE_NOT_LOADED', undefined, cause);
}

export function savesTooLong(books: Books): void {
  notSaved(books, tooSlow());
}

/** A message that is no command: answered, since whoever sent it expects something of it. */
export function refuseUnknown(books: Books, event: BalancerEvent): void {
  if (event.type.startsWith('xstate.') || event.type === 'work.drained') return;
  refuse(books, event, books.phase, 'there is no such command');
}

export function notSavedAtStop(books: Books, cause: unknown): void {
  notSaved(books, cause);
}

export function flow(books: Books, event: BalancerEvent, flowing: boolean): void {
  books.flowing = flowing;
  if (!flowing || endsAtOnce(event)) return;
  dispatch(books, books.now());
  flush(books);
}

/** Whether a command's algorithm names this one; `custom` only where the user gave a policy. */
export const isSelectable = (books: Books, wanted: unknown, algorithm: ActiveAlgorithm): boolean =>
  wanted === algorithm && (algorithm === 'custom' ? books.algorithms.hasCustom : ALGORITHMS.includes(algorithm));

export function select(books: Books, algorithm: ActiveAlgorithm): void {
  const from = books.algorithms.active;
  if (from === algorithm) return;
  books.algorithms.select(algorithm);
  books.facts.post({ type: 'algorithm.switched', from, to: algorithm });
  // what the former algorithm held may be for the new one to give
  dispatch(books, books.now());
  flush(books);
}

/**
 * A child is in error: a component, a monitor, or a stale message about one that has been replaced. It is seen to in a
 * lane, since a successor made inside an action would have XState warn of an `assign` of its own.
 */
export function supervise(books: Books, event: BalancerEvent): void {
  if (!('error' in event) || !event.type.startsWith(CHILD_ERROR)) return;
  books.send({ type: 'child.crashed', child: event.type.slice(CHILD_ERROR.length), error: event.error });
}

const CHILD_ERROR = 'xstate.error.actor.';

export function childCrashed(books: Books, child: string, error: unknown): void {
  if (!componentCrashed(books, child, error)) monitorCrashed(books, child, error);
  dispatch(books, books.now());
}

function monitorCrashed(books: Books, id: string, cause: unknown): void {
  const monitor = MONITORS.get(id);
  // a stale message about one that has been replaced
  if (monitor === undefined || monitorOf(books, id)?.getSnapshot().status !== 'error') return;
  const input = {
    settings: () => books.settings,
    parent: books.self,
    components: books.components,
    advisor: books.advisor,
    now: () => books.now(),
  };
  books.report('ERROR', 'MONITOR_CRASHED', undefined, cause);
  if (mayRestart(books, books.monitorRestarts, books.now())) {
    books.monitors.set(id, startMonitor(books, monitor, id, input));
    return;
  }
  raiseAlert(books, 'crashLoop', 'CRITICAL', undefined, `The ${id} keeps crashing and is not restarted any more.`);
}

const MONITORS = new Map(
  [requestProcessorMachine, healthCheckerMachine, loadMonitorMachine, optimizerMachine].map(
    (machine) => [machine.id, machine] as const,
  ),
);
