import { type AnyActorLogic, type AnyActorRef, createActor } from 'xstate';
import type { ResolvedComponent, WorkerLink } from '../../domain/component.ts';
import { Standing } from '../../fleet/component-table.ts';
import { componentLogic } from '../../../machines/component/index.ts';
import type { ComponentStart } from '../../../machines/component/context.ts';
import { raiseAlert } from '../events/alerts.ts';
import type { Books } from '../state.ts';
import { Entry } from './component-record.ts';
import { failOver } from '../execution/failover.ts';
import { dropCheck } from '../health/checks.ts';
import { refreshFailover } from '../overload/pressure.ts';
import { regroupJobs } from './route-changes.ts';

/** Stops a child: the one thing of XState's scope that the books need now and then. */
export type StopChild = (child: AnyActorRef) => void;

/** Registers a component: its rows in the ledgers, its entry, its actor. */
export function addComponent(books: Books, spec: ResolvedComponent): Entry {
  const index = books.components.add(spec);
  books.performance.reset(index);
  books.shadows?.forget(index);
  books.limits?.reset(index, spec.maxConcurrentTasks);
  books.resources.reset(index, spec.limits);
  const entry = new Entry(index, spec, books.hands);
  books.entries[index] = entry;
  books.routes.add(index, spec.serves);
  startActor(books, entry, 'new');
  attachWorker(books, entry);
  return entry;
}

function attachWorker(books: Books, entry: Entry): void {
  const { worker, id } = entry;
  if (worker?.attach === undefined) return;
  const link: WorkerLink = {
    reportUsage: (usage) => books.send({ type: 'component.reportUsage', componentId: id, usage }),
    reportHealth: (healthy, reason) => books.send({ type: 'component.reportHealth', componentId: id, healthy, reason }),
    fail: (reason) => books.send({ type: 'component.fail', componentId: id, reason }),
  };
  books.facts.defer({ run: () => worker.attach?.(link) });
}

/** No `next`: it would be called for every request. */
const CONTAINING = { error() {} };

/** Begins the actor id of each component. */
const CHILD = 'component:';

function startActor(books: Books, entry: Entry, start: ComponentStart): void {
  const serial = books.nextSerial++;
  entry.serial = serial;
  const { self } = books;
  const system = 'systemId' in self && typeof self.systemId === 'string' ? self.systemId : self.sessionId;
  const actor = createActor(books.input.componentLogic ?? componentLogic, {
    parent: self,
    // not the bare id: a component may be called like one of the balancer's own children
    id: `${CHILD}${entry.id}`,
    systemId: `${system}/${entry.id}`,
    input: {
      id: entry.id,
      index: entry.index,
      entry: serial,
      start,
      ledger: books.components,
      recovery: books.settings.recovery,
      random: books.random,
      now: books.hands.now,
      parent: self,
      failures: entry.failures,
      overheard: books.overheard > 0,
    },
  });
  // without an observer that takes errors, XState would report a crash that we handle to the process
  actor.subscribe(CONTAINING);
  entry.actor = actor;
  actor.start();
}

/** Starts a monitor, at the beginning or after its crash. */
export function startMonitor<T extends AnyActorLogic>(books: Books, logic: T, id: string, input: object): AnyActorRef {
  const actor = createActor<AnyActorLogic>(logic, { parent: books.self, id, input });
  actor.subscribe(CONTAINING);
  actor.start();
  return actor;
}

/** A monitor by its id: the one that replaced a crashed one, else the one that the statechart invoked. */
export function monitorOf(books: Books, id: string): AnyActorRef | undefined {
  return books.monitors.get(id) ?? books.self.getSnapshot().children[id];
}

/** Reaps a component that is leaving, once nothing runs on it. */
export function reapIfLeft(books: Books, entry: Entry): void {
  if (entry.membership !== 'leaving' || books.entries[entry.index] !== entry) return;
  if (books.components.taken[entry.index] !== 0) return;
  removeComponent(books, entry);
}

/** Takes a component out of everything. Attempts that still run on it have been aborted or abandoned before. */
export function removeComponent(books: Books, entry: Entry): void {
  const { index } = entry;
  stopActor(books, entry);
  dropCheck(books, entry);
  books.wheel.cancel(entry.dwell);
  if (entry.membership === 'orphaned') books.orphans--;
  books.routes.remove(index);
  books.components.remove(index);
  books.entries[index] = undefined;
  entry.retire();
  books.alerts.forget(entry.id);
  regroupJobs(books, index);
  books.facts.post({ type: 'component.deregistered', componentId: entry.id });
  closeWorker(books, entry);
  refreshFailover(books);
}

export function closeWorker(books: Books, entry: Entry): void {
  const { worker } = entry;
  if (worker?.close === undefined) return;
  books.facts.defer({
    run() {
      const closing = async (): Promise<void> => worker.close?.();
      closing().catch((cause: unknown) => books.report('WARNING', 'WORKER_CLOSE_FAILED', entry.id, cause));
    },
  });
}

export function stopActor(books: Books, entry: Entry): void {
  const { actor } = entry;
  entry.actor = null;
  if (actor !== null) books.stopChild(actor);
}

/**
 * A child has crashed. XState's event carries only the id, and a stale one may reach a successor: act only when the
 * entry's present actor is the one in error. Its work fails over, and it is restarted, isolated, while the limit allows.
 */
export function componentCrashed(books: Books, child: string, cause: unknown): boolean {
  if (!child.startsWith(CHILD)) return false;
  const id = child.slice(CHILD.length);
  const entry = books.entries[books.components.indexOf(id)];
  if (entry === undefined || entry.actor === null || entry.actor.getSnapshot().status !== 'error') return false;
  const t = books.now();
  const { index } = entry;
  const standing = books.components.standing[index]!;
  const maintained = standing === Standing.draining || standing === Standing.drained;
  books.report('ERROR', 'COMPONENT_CRASHED', id, cause);
  stopActor(books, entry);
  dropCheck(books, entry);
  books.components.setWantsProbe(index, false);
  // what has crashed is not used in panic
  books.components.ejected[index] = 0;
  books.components.setStanding(index, maintained ? Standing.drained : Standing.isolated, t);
  failOver(books, entry, 'crashed', t);
  if (entry.membership === 'leaving') {
    reapIfLeft(books, entry);
    return true;
  }
  if (mayRestart(books, entry.restartTimes, t)) {
    entry.restarts++;
    startActor(books, entry, maintained ? 'drained' : 'restarted');
  } else orphan(books, entry, t);
  return true;
}

/** Whether one more restart stays within `maxRestarts` in `windowMs`; notes it when it does. */
export function mayRestart(books: Books, times: number[], t: number): boolean {
  const { maxRestarts, windowMs } = books.settings.supervision;
  while (times.length > 0 && times[0]! <= t - windowMs) times.shift();
  if (times.length >= maxRestarts) return false;
  times.push(t);
  return true;
}

function orphan(books: Books, entry: Entry, t: number): void {
  entry.membership = 'orphaned';
  books.orphans++;
  entry.restartTimes.length = 0;
  books.components.setStanding(entry.index, Standing.isolated, t);
  noteStatus(books, entry, 'Failed', 'failed.orphaned', 'crash loop', t);
  raiseAlert(
    books,
    'crashLoop',
    'CRITICAL',
    entry.id,
    `Component ${entry.id} keeps crashing and is not restarted any more. Mend it and send component.recover.`,
  );
  refreshFailover(books);
}

/** `component.recover` of an entry without an actor: starts it anew, isolated, and asks it to be probed. */
export function adopt(books: Books, entry: Entry): void {
  entry.membership = 'present';
  books.orphans--;
  startActor(books, entry, 'restarted');
  entry.actor?.send({ type: 'component.recover', reason: 'recover' });
}

/** Notes what state a component is in, and tells when its status is another. */
export function noteStatus(
  books: Books,
  entry: Entry,
  status: Entry['status'],
  state: string,
  reason: string,
  t: number,
): void {
  const from = entry.status;
  const before = entry.state;
  entry.state = state;
  entry.since = t;
  if (status === from) {
    if (state !== before)
      books.facts.post({ type: 'component.stateChanged', componentId: entry.id, from: before, to: state, reason });
    return;
  }
  entry.status = status;
  books.facts.post({ type: 'component.statusChanged', componentId: entry.id, from, to: status, state, reason });
}
