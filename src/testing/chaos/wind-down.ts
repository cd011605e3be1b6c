import type { ComponentRecord } from '../../engine/membership/component-record.ts';
import type { ChaosRun } from './run.ts';
import type { ChaosSchedule } from './schedule.ts';
import { longest } from './time-bounds.ts';

/** How long light work goes on after everything was healed, and how often it comes, ms. */
const HEALING_MS = 20_000;
const HEALING_STEP_MS = 100;
/** More than any planned handler takes, be its component slow. */
const LONGEST_HANDLER_MS = 10_000;

/** Ends a run as its schedule says, and checks what must hold then. */
export async function finish(run: ChaosRun, schedule: ChaosSchedule): Promise<void> {
  const { heal, stop } = schedule.end;
  run.step = schedule.steps.length;
  await run.advance(0);
  const life = longest(schedule);
  if (heal && run.isAlive && run.stops.length === 0) await recover(run);
  await settle(run, life.requestMs);
  if (stop === 'kill') run.kill();
  else run.stop(stop === 'drain', 1_000);
  await run.advance(0);
  for (let waited = 0; run.stops.some((one) => !one.resolved) && waited < life.stopMs; waited += 100)
    await run.advance(100);
  checkStopped(run);
  checkRequests(run, life.attemptMs);
  // a one-shot timer that was forgotten would be gone later
  const left = run.clock.pending - run.ownTimers;
  if (left !== 0 && !run.hasRealHandlers) run.complain('leak', `${left} timers are set after the stop`);
  await run.clock.advance(life.requestMs + LONGEST_HANDLER_MS);
  if (run.clock.pending !== 0) run.complain('leak', `${run.clock.pending} timers are set long after the stop`);
  run.atRest();
  await checkAfterwards(run);
}

/** Everything works again: with a little work of each type every component comes back. */
async function recover(run: ChaosRun): Promise<void> {
  const { balancer, state } = run;
  balancer.resumeDispatch();
  for (const seat of run.seats) {
    // a queue that is full of what nobody can do, or has the resources for, would keep it isolated, and rightly
    seat.mode = 'repaired';
    if (state.fleet.components.indexOf(seat.id) >= 0)
      balancer.updateComponent(seat.id, { limits: { cpu: 100, memory: 100 }, rateLimit: null });
    seat.check = 'good';
  }
  const types = new Set(run.seats.flatMap((seat) => seat.serves ?? ['GENERAL']));
  let line = state.waitingLine.size;
  for (let waited = 0; waited < HEALING_MS && isIll(run); waited += HEALING_STEP_MS) {
    // those who wait for room go first, one after the other, and may be what nobody probes with
    if (state.waitingLine.size < line) waited = 0;
    line = state.waitingLine.size;
    for (const record of state.fleet.records) {
      if (record?.membership !== 'present') balancer.recover(record?.id ?? '');
      else if (record.status === 'Maintenance') balancer.resume(record.id);
    }
    for (const type of types) {
      run.submitter.submit({ type, idempotent: true }, [{ does: 'succeed', after: 1, signal: 'ignores' }], 'execute');
      // one after the other: even a queue of one request must do
      await run.advance(HEALING_STEP_MS / types.size);
    }
  }
  for (const record of state.fleet.records)
    if (record !== undefined && !isWell(record))
      run.complain('healing', `${record.id} is still ${record.membership}, ${record.state}`);
}

const isWell = ({ membership, status }: ComponentRecord): boolean =>
  membership === 'present' && status !== 'Failed' && status !== 'Maintenance';

const isIll = ({ state }: ChaosRun): boolean =>
  state.fleet.records.some((record) => record !== undefined && !isWell(record));

/** Whatever happened, the time-outs bring every request to an end. */
async function settle(run: ChaosRun, withinMs: number): Promise<void> {
  const { requests, waitingLine } = run.state;
  let left = Number.POSITIVE_INFINITY;
  for (let waited = 0; run.isAlive && waited < withinMs; waited += 500) {
    const open = requests.jobs.open + waitingLine.size;
    if (open === 0) return;
    // who waits for room gets it one after the other
    if (open < left && waitingLine.size > 0) waited = 0;
    left = open;
    await run.advance(500);
  }
  const open = requests.jobs.open + waitingLine.size;
  if (open > 0 && run.isAlive) run.complain('liveness', `${open} requests are still open after ${withinMs} ms`);
}

function checkStopped(run: ChaosRun): void {
  const { state, balancer, stops, seats } = run;
  const unresolved = stops.filter((one) => !one.resolved).length;
  if (unresolved > 0) run.complain('stop', `${unresolved} of ${stops.length} calls of stop() never resolved`);
  const { status } = balancer.actor.getSnapshot();
  if (status === 'active' || state.mode.phase !== 'stopped')
    run.complain('stop', `it is ${status}, ${state.mode.phase}`);
  if (state.requests.jobs.open > 0) run.complain('stop', `${state.requests.jobs.open} requests are open`);
  if (state.scheduler.wheel.size > 0) run.complain('stop', `${state.scheduler.wheel.size} entries are on the wheel`);
  if (state.mode.openFailovers !== 0) run.complain('failover', `${state.mode.openFailovers} failovers have not ended`);
  if (run.witness.failoversStarted !== run.witness.failoversCompleted)
    run.complain('failover', `${run.witness.failoversStarted} began, ${run.witness.failoversCompleted} ended`);
  for (const seat of seats)
    if (seat.closed !== 1) run.complain('workers', `${seat.id} was closed ${seat.closed} times`);
}

function checkRequests(run: ChaosRun, attemptMs: number): void {
  const { witness: log, stoppedAt = run.clock.now() } = run;
  for (const one of log.all) {
    const what = `request ${one.n}`;
    if (one.accepted === undefined && one.answers !== 1)
      run.complain('single settlement', `${what} was answered ${one.answers} times`);
    if (one.outcome === undefined && !one.unheard) run.complain('single settlement', `${what} never settled`);
    if (run.observed && one.facts !== 1 && one.request.type !== 'invalid')
      run.complain('single settlement', `${what} had ${one.facts} terminal facts`);
    if (one.accepted === false && one.outcome !== undefined && one.outcome !== 'rejected')
      run.complain('accepted', `${what} was not accepted, yet ${one.outcome}`);
    if (one.accepted === true && one.outcome === 'rejected' && !one.patient)
      run.complain('accepted', `${what} was accepted, yet rejected`);
    const { settledAt, request, deadline } = one;
    if (one.outcome === 'completed' && !one.runs.some(({ ok }) => ok))
      run.complain('results', `${what} was completed, but no handler has done it`);
    if (settledAt === undefined) continue;
    if (deadline !== undefined && one.outcome !== 'rejected' && settledAt > run.atTheLatest(deadline) + 2)
      run.complain('time', `${what} settled ${settledAt - deadline} ms after its deadline`);
    for (const each of one.runs) {
      const end = each.abortedAt ?? each.settledAt;
      const due = Math.min(each.startedAt + (request.timeoutMs ?? attemptMs), deadline ?? Number.POSITIVE_INFINITY);
      const bound = run.atTheLatest(due) + 2;
      if (each.watched && (end ?? Number.POSITIVE_INFINITY) > Math.min(bound, stoppedAt))
        run.complain(
          'time',
          `attempt ${each.number} of ${what} ran on from ${each.startedAt} to ${end}, bound ${bound}`,
        );
      checkLate(run, each.settledAt, settledAt, each.lateFacts, `attempt ${each.number} of ${what}`);
    }
  }
}

function checkLate(run: ChaosRun, ended: number | undefined, settledAt: number, late: number, what: string): void {
  if (!run.observed || ended === undefined) return;
  // a promise is observed one tick later, so that the order of what happened within one tick is unknown, though the clock jumped
  if (pastJumps(run, ended) < settledAt && late > 0)
    run.complain('late results', `${what} came in time and was told as late`);
  if (ended > settledAt && late === 0 && (run.stoppedAt === undefined || ended < run.stoppedAt))
    run.complain('late results', `${what} came late and was not told`);
}

/** Behind the jumps of the clock that began at this time, if any. */
function pastJumps(run: ChaosRun, time: number): number {
  let past = time;
  for (const [from, to] of run.jumps) if (from === past) past = to;
  return past;
}

async function checkAfterwards(run: ChaosRun): Promise<void> {
  const { balancer, witness: log } = run;
  if (balancer.submitRequest({ type: 'GENERAL' })) run.complain('stop', 'it accepts requests');
  if (balancer.fail(run.idAt(0))) run.complain('stop', 'it takes commands');
  const before = log.all.length;
  run.submitter.submit({ type: 'GENERAL' }, [], 'execute');
  await run.clock.advance(0);
  if (log.all[before]?.outcome !== 'rejected') run.complain('stop', 'it does not reject requests');
}
