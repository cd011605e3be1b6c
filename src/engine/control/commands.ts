import { componentChangesSchema } from '../../domain/component.ts';
import { applyChanges, parseComponent } from '../../domain/config.ts';
import { InvalidConfigError, PlimsollError } from '../../domain/errors.ts';
import { type BalancerCommand, type CommandRefused, type FactReceiver, isFactType } from '../../domain/events.ts';
import { describeIssues, formatValue, resourceDemandSchema } from '../../domain/request.ts';
import { classOf, isPriority, PRIORITIES } from '../../domain/priority.ts';
import { ServingState } from '../../fleet/component-table.ts';
import { errorMessage } from '../../lib/unknown-error.ts';
import { limitsOf } from '../../domain/rate-limit.ts';
import { givesWayOf } from '../../queue/shedding.ts';
import { JobState } from '../../requests/job.ts';
import type { LogLevel } from '../events/diagnostics.ts';
import { failOver } from '../execution/failover.ts';
import { cancel } from '../execution/outcomes.ts';
import { reportHealth } from '../health/outliers.ts';
import type { ComponentRecord } from '../membership/component-record.ts';
import { addComponent, monitorOf, noteIfDrained, restartOnRecover } from '../membership/components.ts';
import { endTooLarge } from '../membership/fit.ts';
import { reassignRoutes } from '../membership/route-changes.ts';
import { RequestAborted } from '../messages.ts';
import { recheckWatermarks } from '../overload/watermarks.ts';
import type { EngineState } from '../state.ts';
import { canBeSentTo, commandProblem } from './command-fields.ts';

type Command<T extends BalancerCommand['type']> = Extract<BalancerCommand, { type: T }>;
type ComponentCommand = Extract<BalancerCommand, { componentId: string }>;

/** Answers a command that does not fit with a fact; never silently, never by throwing into the sender. */
export function refuse(
  state: EngineState,
  command: { readonly type: string; readonly replyTo?: FactReceiver | undefined },
  stateName: string,
  reason: string,
  componentId?: string,
  level: LogLevel = 'info',
): void {
  const fact: CommandRefused = {
    type: 'command.refused',
    command: command.type,
    ...(componentId === undefined ? {} : { componentId }),
    state: stateName,
    reason,
  };
  state.diagnostics.log(level, fact, 'plimsoll: refused a command');
  if (canBeSentTo(command.replyTo)) state.events.reply(command.replyTo, fact);
  state.events.publish(fact);
}

/** Runs a command that may throw a typed error for bad input; that becomes a refusal. */
export function guarded(state: EngineState, command: BalancerCommand, run: () => void): void {
  try {
    const problem = commandProblem(command);
    if (problem !== undefined) throw new InvalidConfigError(`${problem}. Nothing was changed.`);
    run();
  } catch (error) {
    const reason = error instanceof PlimsollError ? error.message : `it could not be read: ${errorMessage(error)}`;
    refuse(
      state,
      command,
      state.mode.phase,
      reason,
      'componentId' in command && typeof command.componentId === 'string' ? command.componentId : undefined,
      'warn',
    );
  }
}

export function register(state: EngineState, command: Command<'component.register'>): void {
  const spec = parseComponent(command.spec);
  if (state.fleet.components.indexOf(spec.id) >= 0) {
    throw new InvalidConfigError(
      `Component id ${formatValue(spec.id)} is taken until the component that has it has left. Choose another id, or wait for component.deregistered.`,
      {
        value: spec.id,
        componentId: spec.id,
      },
    );
  }
  const record = addComponent(state, spec, 'joining');
  reassignRoutes(state);
  state.events.publish({ type: 'component.registered', componentId: record.id });
}

/** The record of the component that a command names; refuses the command when there is none. */
function entryOf(state: EngineState, command: ComponentCommand): ComponentRecord | undefined {
  const record = state.fleet.records[state.fleet.components.indexOf(command.componentId)];
  if (record === undefined)
    refuse(
      state,
      command,
      'unknown',
      `no component has the id ${formatValue(command.componentId)}`,
      command.componentId,
      'warn',
    );
  return record;
}

/** `component.drain|resume|fail|recover`: passed on to the component's actor, which decides. */
export function passOn(
  state: EngineState,
  command: Command<'component.drain' | 'component.resume' | 'component.fail' | 'component.recover'>,
): void {
  const record = entryOf(state, command);
  if (record === undefined) return;
  if (record.membership === 'deregistering') {
    refuse(state, command, 'leaving', 'it has been deregistered and is finishing its work', record.id);
    return;
  }
  if (record.actor === null) {
    if (command.type === 'component.recover') restartOnRecover(state, record);
    else refuse(state, command, 'crashLoop', 'its actor crashed too often; send component.recover', record.id);
    return;
  }
  const { type, replyTo } = command;
  record.actor.send({ type, reason: command.reason ?? type, replyTo });
}

export function deregister(state: EngineState, command: Command<'component.deregister'>): void {
  const record = entryOf(state, command);
  if (record === undefined) return;
  if (record.membership === 'deregistering') {
    if (command.force === true) {
      forceOut(state, record);
    } else refuse(state, command, 'leaving', 'it has been deregistered already', record.id);
    return;
  }
  if (record.membership === 'crashLoop') state.fleet.crashLooping--;
  record.membership = 'deregistering';
  const { taken, servingState } = state.fleet.components;
  const stands = servingState[record.index];
  // where nothing runs there is nothing to drain, and it leaves at once
  if (taken[record.index]! > 0 && stands !== ServingState.draining && stands !== ServingState.drained) {
    record.actor?.send({ type: 'component.drain', reason: command.reason ?? 'deregistered' });
  }
  if (command.force === true) forceOut(state, record);
  else noteIfDrained(state, record);
}

/** Fails over what runs. Work that may not run twice is still awaited, and the component is removed after it. */
function forceOut(state: EngineState, record: ComponentRecord): void {
  const t = state.scheduler.now();
  failOver(state, record, 'deregistered', t);
  noteIfDrained(state, record);
}

export function update(state: EngineState, command: Command<'component.update'>): void {
  const record = entryOf(state, command);
  if (record === undefined) return;
  const { type, componentId, reason, replyTo, ...given } = command;
  const parsed = componentChangesSchema.safeParse(given);
  if (!parsed.success)
    throw new InvalidConfigError(
      `Invalid change of component ${formatValue(componentId)}: ${describeIssues(parsed.error, given, componentChangesSchema)}.`,
      { value: given, componentId },
    );
  const { maxConcurrentTasks, weight, limits, serves, rateLimit } = parsed.data;
  const { index } = record;
  if (maxConcurrentTasks !== undefined) {
    state.fleet.components.setCapacity(index, maxConcurrentTasks);
    state.fleet.limits?.reset(index, maxConcurrentTasks);
  }
  if (weight !== undefined) {
    record.configuredWeight = weight;
    state.fleet.components.setWeight(index, weight);
  }
  if (rateLimit !== undefined) state.fleet.rateLimits.set(index, limitsOf(rateLimit));
  if (limits !== undefined) state.fleet.resources.setLimits(index, limits);
  const nextServes = serves === null ? undefined : (serves ?? record.spec.serves);
  record.spec = {
    ...record.spec,
    maxConcurrentTasks: maxConcurrentTasks ?? record.spec.maxConcurrentTasks,
    weight: weight ?? record.spec.weight,
    limits: { ...record.spec.limits, ...limits },
    serves: nextServes,
    ...(rateLimit === undefined ? {} : { rateLimit: rateLimit ?? undefined }),
  };
  if (serves !== undefined) {
    state.fleet.routes.remove(index);
    state.fleet.routes.add(index, nextServes);
    reassignRoutes(state);
  }
  if (limits !== undefined || serves !== undefined) endTooLarge(state, state.scheduler.now());
  record.actor?.send({ type: 'load.reevaluate' });
}

export function reportUsage(state: EngineState, command: Command<'component.reportUsage'>): void {
  const record = entryOf(state, command);
  if (record === undefined) return;
  const parsed = resourceDemandSchema.safeParse(command.usage);
  if (!parsed.success)
    throw new InvalidConfigError(
      `Invalid usage report: ${describeIssues(parsed.error, command.usage, resourceDemandSchema)}.`,
      {
        value: command.usage,
      },
    );
  state.fleet.resources.report(record.index, parsed.data, state.scheduler.now());
}

export function hearHealth(state: EngineState, command: Command<'component.reportHealth'>): void {
  const record = entryOf(state, command);
  if (record === undefined) return;
  if (typeof command.healthy !== 'boolean')
    throw new InvalidConfigError(
      `Invalid health report: healthy: expected a boolean (given: ${formatValue(command.healthy)}).`,
      { value: command.healthy },
    );
  reportHealth(state, record, command.healthy, command.reason);
}

export function updateConfig(state: EngineState, command: Command<'config.update'>): void {
  const next = applyChanges(state.settings, command.changes);
  state.settings = next;
  state.overload.givesWay = givesWayOf(next);
  state.fleet.components.setThresholds(next);
  state.queue.agingMs = next.agingMs;
  state.fleet.rateLimits.agingMs = next.agingMs;
  state.requests.retryBudgets.configure(next.retryBudget.ratio, next.retryBudget.perSecond);
  for (const id of ['health-checker', 'load-monitor', 'optimizer'])
    monitorOf(state, id)?.send({ type: 'period.changed' });
  for (const record of state.fleet.records) record?.actor?.send({ type: 'load.reevaluate' });
  recheckWatermarks(state);
}

export function cancelRequest(state: EngineState, command: Command<'request.cancel'> | RequestAborted): void {
  if (command instanceof RequestAborted) {
    cancelAborted(state, command);
    return;
  }
  const job = typeof command.requestId === 'string' ? state.requests.jobs.find(command.requestId) : undefined;
  if (job === undefined) {
    if (
      state.waitingLine.size > 0 &&
      state.waitingLine.cancel(command.requestId, command.reason ?? 'caller', state.scheduler.now())
    )
      return;
    refuse(state, command, 'unknown', `no open request has the id ${formatValue(command.requestId)}`);
    return;
  }
  cancel(state, job, command.reason ?? 'caller', state.scheduler.now());
}

/** Another priority for a request that waits: it is as old as it was among those of that priority. */
export function reprioritize(state: EngineState, command: Command<'request.reprioritize'>): void {
  const { requestId, priority } = command;
  if (!isPriority(priority)) {
    const expected = `expected one of ${PRIORITIES.join(', ')} (given: ${formatValue(priority)})`;
    throw new InvalidConfigError(`Invalid request.reprioritize: priority: ${expected}.`, { value: priority });
  }
  const cls = classOf(priority);
  const job = typeof requestId === 'string' ? state.requests.jobs.find(requestId) : undefined;
  if (job === undefined) {
    if (state.waitingLine.reprioritize(requestId, cls)) return;
    refuse(state, command, 'unknown', `no open request has the id ${formatValue(requestId)}`);
    return;
  }
  if (job.state === JobState.inFlight) {
    refuse(state, command, 'inFlight', `the request ${formatValue(requestId)} waits no longer: a handler works on it`);
    return;
  }
  if (cls === job.cls) return;
  // it is counted as what it was submitted as, so that what was submitted of each priority adds up
  if (job.countedAs === job.cls) job.countAs(job.cls);
  const isQueued = job.state === JobState.queued;
  if (isQueued) state.queue.remove(job);
  job.cls = cls;
  if (isQueued) state.queue.pushBack(job);
}

/** What has settled meanwhile is nobody's mistake, and no refusal tells of it. */
function cancelAborted(state: EngineState, { cancellation, reason, cause }: RequestAborted): void {
  const { job } = cancellation;
  if (job === null) return;
  const t = state.scheduler.now();
  if (job.state === JobState.vacant) state.waitingLine.cancelJob(job, reason, t, cause);
  else cancel(state, job, reason, t, cause);
}

export function subscribe(state: EngineState, command: Command<'facts.subscribe'>): void {
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
    throw new InvalidConfigError(`Invalid types: expected a list of names of facts (given: ${formatValue(types)}).`, {
      value: types,
    });
  }
  const unknown = command.types?.find((type) => !isFactType(type));
  if (unknown !== undefined)
    throw new InvalidConfigError(`Invalid types: there is no fact ${formatValue(unknown)}.`, { value: unknown });
  state.events.subscribe(command.subscriber, command.types);
}
