import { PlimsollError } from '../../domain/errors.ts';
import { PRIORITIES } from '../../domain/priority.ts';
import type { WorkloadRequest } from '../../domain/request.ts';
import type { ChaosRun } from './run.ts';
import type { ChaosAction, PlannedRequest } from './schedule.ts';

type Action<K extends ChaosAction['kind']> = Extract<ChaosAction, { kind: K }>;

/** Lets one step of a schedule happen, by the public API of the balancer. */
export function act(run: ChaosRun, action: ChaosAction): void | Promise<void> {
  const { balancer } = run;
  switch (action.kind) {
    case 'submit':
      run.submitter.submit(requestOf(run, action.request), action.attempts, action.via);
      return reprioritize(run);
    case 'producers': {
      const { id: _, ...request } = requestOf(run, action.request);
      for (let k = 0; k < action.count; k++) run.submitter.submit(request, action.attempts, 'patient');
      return;
    }
    case 'submitInvalid':
      return run.submitter.submitInvalid(action.value);
    case 'cancel':
      return cancel(run, action);
    case 'drain':
    case 'resume':
    case 'fail':
    case 'recover':
      balancer[action.kind](run.idAt(action.component));
      return;
    case 'crash':
      return run.crash(run.idAt(action.component));
    case 'deregister':
      balancer.deregister(run.idAt(action.component), { force: action.force });
      return;
    case 'register':
      return run.register(action.plan);
    case 'update':
      return update(run, action);
    case 'usage':
      run.send({ type: 'component.reportUsage', componentId: run.idAt(action.component), usage: action.usage });
      return;
    case 'health':
      run.send({ type: 'component.reportHealth', componentId: run.idAt(action.component), healthy: action.healthy });
      return;
    case 'mode':
      run.seatAt(action.component).mode = action.mode;
      return;
    case 'check':
      run.seatAt(action.component).check = action.mode;
      return;
    case 'pause':
      balancer.pauseDispatch();
      return;
    case 'resumeDispatch':
      balancer.resumeDispatch();
      return;
    case 'config':
      return attempt(() => balancer.updateConfig(action.changes));
    case 'algorithm':
      balancer.selectAlgorithm(action.algorithm);
      return;
    case 'jump':
      run.clock.jump(action.ms);
      run.jumped(action.ms);
      return;
    case 'turn':
      return turns(action.microtasks);
    case 'ready':
      return run.producers.ask(action.type);
    case 'peek':
      return attempt(() => balancer.selectComponent(requestOf(run, action.request)));
    case 'stop':
      return run.stop(action.drain, action.timeoutMs);
    case 'kill':
      return run.kill();
  }
}

function requestOf(run: ChaosRun, { deadlineIn, ...rest }: PlannedRequest): WorkloadRequest {
  if (deadlineIn === undefined) return rest;
  const isRelative = deadlineIn > 0 && run.witness.all.length % 2 === 0;
  return isRelative ? { ...rest, deadlineInMs: deadlineIn } : { ...rest, deadline: run.clock.now() + deadlineIn };
}

/**
 * After each fifth submission some open request gets another priority. A step of its own would make other schedules of all seeds that
 * are on record.
 */
function reprioritize(run: ChaosRun): void {
  const n = run.witness.all.length;
  const id = n % 5 === 0 ? run.witness.pick(n)?.request.id : undefined;
  if (id !== undefined) run.balancer.reprioritize(id, PRIORITIES[(n / 5) % PRIORITIES.length]!);
}

function cancel(run: ChaosRun, { of, bySignal }: Action<'cancel'>): void {
  const one = run.witness.pick(of);
  if (one === undefined) return;
  if (bySignal && one.controller !== undefined) one.controller.abort(new Error('the submitter gave up'));
  else if (one.request.id !== undefined) run.balancer.cancel(one.request.id);
}

function update(run: ChaosRun, { component, changes }: Action<'update'>): void {
  const seat = run.seatAt(component);
  attempt(() => {
    run.balancer.updateComponent(seat.id, changes);
    if (changes.serves === undefined) return;
    seat.servedBefore.push(seat.serves);
    seat.serves = changes.serves ?? undefined;
  });
}

/** Typed refusals are answers; anything else is not. */
function attempt(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error;
  }
}

async function turns(count: number): Promise<void> {
  for (let k = 0; k < count; k++) await undefined;
}
