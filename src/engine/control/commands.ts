import { componentChangesSchema } from '../../domain/component.ts';
import { applyChanges, parseComponent } from '../../domain/config.ts';
import { InvalidConfigError, PlimsollError } from '../../domain/errors.ts';
import type { BalancerCommand, CommandRefused, FactReceiver } from '../../domain/events.ts';
import { describeIssues, resourceDemandSchema, show } from '../../domain/request.ts';
import { messageOf } from '../../lib/unknown-error.ts';
import { Standing } from '../../fleet/component-table.ts';
import type { Books } from '../state.ts';
import { addComponent, adopt, monitorOf, reapIfLeft } from '../membership/components.ts';
import { dispatch } from '../dispatch/dispatch.ts';
import type { Entry } from '../membership/component-record.ts';
import { failOver } from '../execution/failover.ts';
import { reportHealth } from '../health/outliers.ts';
import { cancel } from '../execution/outcomes.ts';
import { refreshFailover } from '../overload/pressure.ts';
import { regroupJobs } from '../membership/route-changes.ts';
import { reviewWater } from '../overload/watermarks.ts';

type Command<T extends BalancerCommand['type']> = Extract<BalancerCommand, { type: T }>;
type ComponentCommand = Extract<BalancerCommand, { componentId: string }>;

/** Answers a command that does not fit with a fact; never silently, never by throwing into the sender. */
export function refuse(
  books: Books,
  command: { readonly type: string; readonly replyTo?: FactReceiver | undefined },
  state: string,
  reason: string,
  componentId?: string,
): void {
  const fact: CommandRefused = {
    type: 'command.refused',
    command: command.type,
    ...(componentId === undefined ? {} : { componentId }),
    state,
    reason,
  };
  books.log('info', fact, 'plimsoll: refused a command');
  books.facts.reply(command.replyTo, fact);
  books.facts.post(fact);
}

/** Runs a command that may throw a typed error for bad input; that becomes a refusal. */
export function guarded(books: Books, command: BalancerCommand, run: () => void): void {
  try {
    run();
  } catch (error) {
    const reason = error instanceof PlimsollError ? error.message : `it could not be read: ${messageOf(error)}`;
    refuse(
      books,
      command,
      books.phase,
      reason,
      'componentId' in command && typeof command.componentId === 'string' ? command.componentId : undefined,
    );
  }
}

export function register(books: Books, command: Command<'component.register'>): void {
  const spec = parseComponent(command.spec);
  if (books.components.indexOf(spec.id) >= 0) {
    throw new InvalidConfigError(
      `Component id ${show(spec.id)} is taken until the component that has it has left. Choose another id, or wait for component.deregistered.`,
      {
        value: spec.id,
        componentId: spec.id,
      },
    );
  }
  const entry = addComponent(books, spec);
  regroupJobs(books);
  books.facts.post({ type: 'component.registered', componentId: entry.id });
  dispatch(books, books.now());
}

/** The entry that a command names, or a refusal. */
function entryOf(books: Books, command: ComponentCommand): Entry | undefined {
  const entry = books.entries[books.components.indexOf(command.componentId)];
  if (entry === undefined)
    refuse(books, command, 'unknown', `no component has the id ${show(command.componentId)}`, command.componentId);
  return entry;
}

/** `component.drain|resume|fail|recover`: passed on to the component's actor, which decides. */
export function passOn(
  books: Books,
  command: Command<'component.drain' | 'component.resume' | 'component.fail' | 'component.recover'>,
): void {
  const entry = entryOf(books, command);
  if (entry === undefined) return;
  if (entry.membership === 'leaving') {
    refuse(books, command, 'leaving', 'it has been deregistered and is finishing its work', entry.id);
    return;
  }
  if (entry.actor === null) {
    if (command.type === 'component.recover') adopt(books, entry);
    else refuse(books, command, 'orphaned', 'its actor crashed too often; send component.recover', entry.id);
    return;
  }
  const { type, replyTo } = command;
  entry.actor.send({ type, reason: command.reason ?? type, replyTo });
}

export function deregister(books: Books, command: Command<'component.deregister'>): void {
  const entry = entryOf(books, command);
  if (entry === undefined) return;
  if (entry.membership === 'leaving') {
    if (command.force === true) {
      forceOut(books, entry);
      dispatch(books, books.now());
    } else refuse(books, command, 'leaving', 'it has been deregistered already', entry.id);
    return;
  }
  if (entry.membership === 'orphaned') books.orphans--;
  entry.membership = 'leaving';
  const { taken, standing } = books.components;
  const stands = standing[entry.index];
  // where nothing runs there is nothing to drain, and it leaves at once
  if (taken[entry.index]! > 0 && stands !== Standing.draining && stands !== Standing.drained) {
    entry.actor?.send({ type: 'component.drain', reason: command.reason ?? 'deregistered' });
  }
  if (command.force === true) forceOut(books, entry);
  else reapIfLeft(books, entry);
  dispatch(books, books.now());
}

/** Fails over what runs; what may not run twice is awaited all the same, and the entry is reaped after it. */
function forceOut(books: Books, entry: Entry): void {
  const t = books.now();
  failOver(books, entry, 'deregistered', t);
  reapIfLeft(books, entry);
}

export function update(books: Books, command: Command<'component.update'>): void {
  const entry = entryOf(books, command);
  if (entry === undefined) return;
  const { type, componentId, reason, replyTo, ...given } = command;
  const parsed = componentChangesSchema.safeParse(given);
  if (!parsed.success)
    throw new InvalidConfigError(
      `Invalid change of component ${show(componentId)}: ${describeIssues(parsed.error, given)}.`,
      { value: given, componentId },
    );
  const { maxConcurrentTasks, weight, limits, serves } = parsed.data;
  const { index } = entry;
  if (maxConcurrentTasks !== undefined) {
    books.components.setCapacity(index, maxConcurrentTasks);
    books.limits?.reset(index, maxConcurrentTasks);
  }
  if (weight !== undefined) {
    entry.configuredWeight = weight;
    books.components.setWeight(index, weight);
  }
  if (limits !== undefined) books.resources.setLimits(index, limits);
  const nextServes = serves === null ? undefined : (serves ?? entry.spec.serves);
  entry.spec = {
    ...entry.spec,
    maxConcurrentTasks: maxConcurrentTasks ?? entry.spec.maxConcurrentTasks,
    weight: weight ?? entry.spec.weight,
    limits: { ...entry.spec.limits, ...limits },
    serves: nextServes,
  };
  if (serves !== undefined) {
    books.routes.remove(index);
    books.routes.add(index, nextServes);
    regroupJobs(books);
  }
  refreshFailover(books);
  entry.actor?.send({ type: 'load.regauge' });
  dispatch(books, books.now());
}

export function reportUsage(books: Books, command: Command<'component.reportUsage'>): void {
  const entry = entryOf(books, command);
  if (entry === undefined) return;
  const parsed = resourceDemandSchema.safeParse(command.usage);
  if (!parsed.success)
    throw new InvalidConfigError(`Invalid usage report: ${describeIssues(parsed.error, command.usage)}.`, {
      value: command.usage,
    });
  books.resources.report(entry.index, parsed.data, books.now());
}

export function hearHealth(books: Books, command: Command<'component.reportHealth'>): void {
  const entry = entryOf(books, command);
  if (entry === undefined) return;
  if (typeof command.healthy !== 'boolean')
    throw new InvalidConfigError(
      `Invalid health report: healthy: expected a boolean (given: ${show(command.healthy)}).`,
      { value: command.healthy },
    );
  reportHealth(books, entry, command.healthy, command.reason);
}

export function updateConfig(books: Books, command: Command<'config.update'>): void {
  const next = applyChanges(books.settings, command.changes);
  books.settings = next;
  books.components.setThresholds(next);
  books.queue.agingMs = next.agingMs;
  books.retryBudget.configure(next.retryBudget.ratio, next.retryBudget.perSecond);
  for (const id of ['health-checker', 'load-monitor', 'optimizer'])
    monitorOf(books, id)?.send({ type: 'period.changed' });
  for (const entry of books.entries) entry?.actor?.send({ type: 'load.regauge' });
  reviewWater(books);
  dispatch(books, books.now());
}

export function cancelRequest(books: Books, command: Command<'request.cancel'>): void {
  const job = typeof command.requestId === 'string' ? books.jobs.find(command.requestId) : undefined;
  if (job === undefined) {
    refuse(books, command, 'unknown', `no open request has the id ${show(command.requestId)}`);
    return;
  }
  const t = books.now();
  cancel(books, job, command.reason ?? 'caller', t);
  dispatch(books, t);
}

export function subscribe(books: Books, command: Command<'facts.subscribe'>): void {
  if (
    typeof command.subscriber !== 'object' ||
    command.subscriber === null ||
    typeof command.subscriber.send !== 'function'
  ) {
    throw new InvalidConfigError('Invalid subscriber: expected an actor reference or an object with send(fact).', {
      value: command.subscriber,
    });
  }
  const types: unknown = command.types;
  if (types !== undefined && !(Array.isArray(types) && types.every((type) => typeof type === 'string'))) {
    throw new InvalidConfigError(`Invalid types: expected a list of names of facts (given: ${show(types)}).`, {
      value: types,
    });
  }
  books.facts.subscribe(command.subscriber, command.types);
}
