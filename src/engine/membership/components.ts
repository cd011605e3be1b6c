import { createActor } from 'xstate';
import type { ResolvedComponent, WorkerLink } from '../../domain/component.ts';
import type { FailureCause } from '../../domain/events.ts';
import { limitsOf } from '../../domain/rate-limit.ts';
import { ServingState } from '../../fleet/component-table.ts';
import { failureOf } from '../../lib/unknown-error.ts';
import type { ActorLogicHandle } from '../../lib/xstate-internals.ts';
import { lastError, raiseAlert } from '../events/alerts.ts';
import { failOver } from '../execution/failover.ts';
import { dropCheck } from '../health/checks.ts';
import type { ChildRef } from '../messages.ts';
import type { EngineState } from '../state.ts';
import type { ComponentStart } from './component-messages.ts';
import { ComponentRecord } from './component-record.ts';
import { endTooLarge } from './fit.ts';
import { reassignRoutes } from './route-changes.ts';

/** Registers a component: its rows in the tables, its record, its actor. @param start `joining` when others work already. */
export function addComponent(
  state: EngineState,
  spec: ResolvedComponent,
  start: 'new' | 'joining' = 'new',
): ComponentRecord {
  const index = state.fleet.components.add(spec);
  state.fleet.performance.reset(index);
  state.selection.shadows?.forget(index);
  state.fleet.limits?.reset(index, spec.maxConcurrentTasks);
  state.fleet.resources.reset(index, spec.limits);
  if (spec.rateLimit !== undefined) state.fleet.rateLimits.set(index, limitsOf(spec.rateLimit));
  const record = new ComponentRecord(index, spec, state.callbacks);
  state.fleet.records[index] = record;
  state.fleet.routes.add(index, spec.serves);
  startActor(state, record, start);
  attachWorker(state, record);
  return record;
}

function attachWorker(state: EngineState, record: ComponentRecord): void {
  const { worker, id } = record;
  if (worker?.attach === undefined) return;
  const link: WorkerLink = {
    reportUsage: (usage) => state.mailbox.send({ type: 'component.reportUsage', componentId: id, usage }),
    reportHealth: (healthy, reason) =>
      state.mailbox.send({ type: 'component.reportHealth', componentId: id, healthy, reason }),
    fail: (reason) => state.mailbox.send({ type: 'component.fail', componentId: id, reason }),
  };
  state.events.enqueue({ run: () => worker.attach?.(link) });
}

/** Without `next`, which XState would call for every message. */
const IGNORE_ERRORS = { error() {} };

const CRASH_LOOP = 'failed.crashLoop';

/** Begins the actor id of each component. */
const CHILD = 'component:';

function startActor(state: EngineState, record: ComponentRecord, start: ComponentStart): void {
  const serial = state.fleet.nextIncarnation++;
  record.incarnation = serial;
  const { self } = state;
  const system = 'systemId' in self && typeof self.systemId === 'string' ? self.systemId : self.sessionId;
  const actor = createActor(state.options.componentLogic, {
    parent: self,
    // not the bare id: a component may be called like one of the balancer's own children
    id: `${CHILD}${record.id}`,
    systemId: `${system}/${record.id}`,
    input: {
      id: record.id,
      index: record.index,
      incarnation: serial,
      start,
      table: state.fleet.components,
      recovery: state.settings.recovery,
      random: state.random,
      now: state.callbacks.now,
      parent: self,
      failures: record.failures,
      messagesObserved: state.waiters.messageObservers > 0,
    },
  });
  // without an observer that takes errors, XState would report a crash that we handle to the process
  actor.subscribe(IGNORE_ERRORS);
  record.actor = actor;
  actor.start();
}

/** Starts a monitor, at the beginning or after its crash. */
export function startMonitor<T extends ActorLogicHandle>(
  state: EngineState,
  logic: T,
  id: string,
  input: object,
): ChildRef {
  const actor = createActor<ActorLogicHandle>(logic, { parent: state.self, id, input });
  actor.subscribe(IGNORE_ERRORS);
  actor.start();
  return actor;
}

/** A monitor by its id: the one that replaced a crashed one, else the one that the statechart invoked. */
export function monitorOf(state: EngineState, id: string): ChildRef | undefined {
  return state.supervision.monitors.get(id) ?? state.self.getSnapshot().children[id];
}

/** Removes the components that were to leave and on which nothing runs any more. */
export function removeDrained(state: EngineState): void {
  const { drained, records } = state.fleet;
  state.fleet.drained = [];
  for (const record of drained) if (records[record.index] === record) removeComponent(state, record);
}

/** Notes a component that has been deregistered while nothing runs on it. */
export function noteIfDrained({ fleet }: EngineState, record: ComponentRecord): void {
  if (record.membership === 'deregistering' && record.attempts === null) fleet.drained.push(record);
}

/** Takes a component out of everything. Attempts that still run on it have been aborted or abandoned before. */
export function removeComponent(state: EngineState, record: ComponentRecord): void {
  const { index } = record;
  stopActor(state, record);
  dropCheck(state, record);
  state.scheduler.wheel.cancel(record.bandTimer);
  if (record.membership === 'crashLoop') state.fleet.crashLooping--;
  state.fleet.routes.remove(index);
  state.fleet.components.remove(index);
  state.fleet.rateLimits.clear(index);
  state.fleet.records[index] = undefined;
  record.retire();
  state.requests.tallies.componentLeft(index);
  state.alerts.forget(record.id);
  reassignRoutes(state, index);
  endTooLarge(state, state.scheduler.now());
  state.events.publish({ type: 'component.deregistered', componentId: record.id });
  closeWorker(state, record);
}

export function closeWorker(state: EngineState, record: ComponentRecord): void {
  const { worker } = record;
  if (worker?.close === undefined) return;
  state.events.enqueue({
    run() {
      const closing = async (): Promise<void> => worker.close?.();
      closing().catch((cause: unknown) => state.diagnostics.report('WARNING', 'WORKER_CLOSE_FAILED', record.id, cause));
    },
  });
}

export function stopActor(state: EngineState, record: ComponentRecord): void {
  const { actor } = record;
  record.actor = null;
  if (actor !== null) state.supervision.stopChild(actor);
}

/**
 * A child has crashed. XState's event carries only the id, and may arrive after the actor has been replaced: act only when
 * the record's present actor is in error. Its work fails over, and it is restarted as isolated while the limit allows.
 */
export function componentCrashed(state: EngineState, child: string, cause: unknown): boolean {
  if (!child.startsWith(CHILD)) return false;
  const id = child.slice(CHILD.length);
  const record = state.fleet.records[state.fleet.components.indexOf(id)];
  if (record === undefined || record.actor === null || record.actor.getSnapshot().status !== 'error') return false;
  const t = state.scheduler.now();
  const { index } = record;
  const serves = state.fleet.components.servingState[index]!;
  const maintained = serves === ServingState.draining || serves === ServingState.drained;
  state.diagnostics.report('ERROR', 'COMPONENT_CRASHED', id, cause);
  record.failedFor = failureOf(cause);
  stopActor(state, record);
  dropCheck(state, record);
  state.fleet.components.setAwaitsProbe(index, false);
  state.fleet.components.ejected[index] = 0;
  state.fleet.components.restsUntil[index] = 0;
  state.fleet.components.setServingState(index, maintained ? ServingState.drained : ServingState.isolated, t);
  failOver(state, record, 'crashed', t);
  if (record.membership === 'deregistering') {
    noteIfDrained(state, record);
    return true;
  }
  if (mayRestart(state, record.restartTimes, t)) {
    record.restarts++;
    startActor(state, record, maintained ? 'drained' : 'restarted');
  } else giveUpRestarting(state, record, t);
  return true;
}

/** Whether one more restart stays within `maxRestarts` in `windowMs`; notes it when it does. */
export function mayRestart(state: EngineState, times: number[], t: number): boolean {
  const { maxRestarts, windowMs } = state.settings.supervision;
  while (times.length > 0 && times[0]! <= t - windowMs) times.shift();
  if (times.length >= maxRestarts) return false;
  times.push(t);
  return true;
}

function giveUpRestarting(state: EngineState, record: ComponentRecord, t: number): void {
  record.membership = 'crashLoop';
  state.fleet.crashLooping++;
  record.restartTimes.length = 0;
  state.fleet.components.setServingState(record.index, ServingState.isolated, t);
  noteStatus(state, record, 'Failed', CRASH_LOOP, 'crash loop', t);
  raiseAlert(
    state,
    'crashLoop',
    'CRITICAL',
    record.id,
    `Component ${record.id} keeps crashing and is not restarted any more. Mend it and send component.recover.`,
  );
}

/** `component.recover` for a component without an actor: starts a new one as isolated, and has it probed. */
export function restartOnRecover(state: EngineState, record: ComponentRecord): void {
  record.membership = 'present';
  state.fleet.crashLooping--;
  startActor(state, record, 'restarted');
  record.actor?.send({ type: 'component.recover', reason: 'recover' });
}

/** Notes what state a component is in, and tells when its status is another. */
export function noteStatus(
  state: EngineState,
  record: ComponentRecord,
  status: ComponentRecord['status'],
  stateName: string,
  reason: string,
  t: number,
): void {
  const from = record.status;
  const before = record.state;
  const cause = record.failedFor;
  record.failedFor = undefined;
  record.state = stateName;
  record.since = t;
  if (status !== from || stateName === CRASH_LOOP) logStatus(state, record, status, stateName, reason, cause);
  if (status === from) {
    if (stateName !== before)
      state.events.publish({
        type: 'component.stateChanged',
        componentId: record.id,
        from: before,
        to: stateName,
        reason,
      });
    return;
  }
  record.status = status;
  state.fleet.transitions.add(from, status);
  state.events.publish({
    type: 'component.statusChanged',
    componentId: record.id,
    from,
    to: status,
    state: stateName,
    reason,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A line for whoever is on call, whether or not there is an alert: failures and the way back, and maintenance. Load is none of it. */
function logStatus(
  state: EngineState,
  { id, status: from }: ComponentRecord,
  to: ComponentRecord['status'],
  stateName: string,
  reason: string,
  cause: FailureCause | undefined,
): void {
  if (!TOLD.has(from) && !TOLD.has(to)) return;
  state.diagnostics.log(
    to === 'Failed' ? 'warn' : 'info',
    { componentId: id, from, to, state: stateName, reason, ...(cause === undefined ? {} : { cause }) },
    `plimsoll: component ${id}: ${from} to ${to} (${reason}).${lastError(cause)}`,
  );
}

const TOLD: ReadonlySet<ComponentRecord['status']> = new Set<ComponentRecord['status']>(['Failed', 'Maintenance']);
