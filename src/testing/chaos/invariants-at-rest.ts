import { OUTCOMES } from '../../domain/outcome.ts';
import { RESOURCES } from '../../domain/workload.ts';
import type { EngineView } from '../../engine/engine-view.ts';
import type { ComponentRecord } from '../../engine/membership/component-record.ts';
import { countsOf } from '../../engine/reporting/metrics.ts';
import { bandNow } from '../../fleet/component-bands.ts';
import { ServingState } from '../../fleet/component-table.ts';
import { JobState } from '../../requests/job.ts';
import type { Complain } from './invariants-per-event.ts';
import type { RequestLog } from './request-log.ts';
import type { StubComponent } from './stub-component.ts';

/**
 * The rules that hold whenever everything is at rest, so that what submitters, handlers and listeners saw can be compared
 * with what the balancer counted, and nothing waits for what will never come.
 */
export class QuiescentInvariants {
  private readonly state: EngineView;
  private readonly witness: RequestLog;
  private readonly complain: Complain;
  private readonly observed: boolean;

  constructor(state: EngineView, log: RequestLog, observed: boolean, complain: Complain) {
    this.state = state;
    this.witness = log;
    this.observed = observed;
    this.complain = complain;
  }

  /** @param seats the present seat of each component id */
  check(seats: ReadonlyMap<string, StubComponent>): void {
    this.checkCounts();
    this.checkQueue();
    for (const record of this.state.fleet.records)
      if (record !== undefined) this.checkEntry(record, seats.get(record.id));
    if (this.state.mode.phase === 'stopped') return;
    this.checkJobs();
    this.checkRegions();
  }

  private checkCounts(): void {
    const { state, witness: log } = this;
    const counts = countsOf(state);
    const unheard = log.all.filter((one) => one.unheard).length;
    // what waits for room is not counted until it has it
    const submitted = log.submittedByClass.reduce((a, b) => a + b, 0) - state.waitingLine.size;
    if (counts.submitted !== submitted)
      this.complain('counts', `${counts.submitted} submitted by the balancer's count, ${submitted} by ours`);
    let missing = 0;
    for (const name of OUTCOMES) {
      const difference = counts[name] - log.outcomes[name];
      if (difference < 0 || (unheard === 0 && difference !== 0))
        this.complain('counts', `${counts[name]} ${name} by the balancer's count, ${log.outcomes[name]} by ours`);
      missing += difference;
    }
    if (missing > unheard) this.complain('counts', `${missing} outcomes that nobody heard of, of ${unheard}`);
    if (this.observed && state.requests.counters.started !== log.assigned)
      this.complain(
        'counts',
        `${state.requests.counters.started} attempts by the balancer's count, ${log.assigned} announced`,
      );
    for (const [what, { current }] of Object.entries({
      arrivals: state.mailbox.arrivals,
      settlements: state.mailbox.settlements,
    }))
      if (current.count > 0) this.complain('mailbox', `${current.count} ${what} have not been taken`);
    if (state.mailbox.pendingSubmissions.size > 0)
      this.complain('mailbox', `${state.mailbox.pendingSubmissions.size} submissions are kept as unseen`);
  }

  private checkQueue(): void {
    const {
      queue,
      requests: { jobs },
      fleet: { routes },
    } = this.state;
    const queued = jobs.countByState[JobState.queued]!;
    if (queue.size !== queued) this.complain('queue', `holds ${queue.size}, but ${queued} jobs are queued`);
    let byPartition = 0;
    for (const partition of queue.busyPartitions()) {
      byPartition += partition.size;
      if (partition.size > 0 && !routes.routes.has(partition.route))
        this.complain('queue', `${partition.size} jobs wait for a route that is gone`);
    }
    const byRoute = new Map([...routes.routes].map((route) => [route, { queued: 0, open: 0 }]));
    jobs.forEachOpen((job) => {
      const counts = byRoute.get(job.workload.route);
      if (counts === undefined) return this.complain('routes', `a job of ${job.type} is on a route that is gone`);
      counts.open++;
      if (job.state === JobState.queued) counts.queued++;
    });
    for (const [route, { queued: waiting, open }] of byRoute) {
      if (route.queued !== waiting) this.complain('routes', `a route counts ${route.queued} queued jobs of ${waiting}`);
      if (route.openJobs !== open) this.complain('routes', `a route counts ${route.openJobs} open jobs of ${open}`);
    }
    if (byPartition !== queued) this.complain('queue', `its partitions hold ${byPartition} of ${queued} jobs`);
  }

  private checkEntry(record: ComponentRecord, seat: StubComponent | undefined): void {
    const {
      fleet: { components, resources },
      mode: { phase },
    } = this.state;
    const i = record.index;
    let attempts = 0;
    let probes = 0;
    const reserved = [0, 0, 0, 0];
    for (let attempt = record.attempts; attempt !== null; attempt = attempt.next) {
      attempts++;
      if (attempt.probe) probes++;
      if (attempt.demand !== null) for (const [r, share] of attempt.demand.entries()) reserved[r]! += share;
      if (!attempt.started) this.complain('outbox', `an attempt on ${record.id} was never started`);
    }
    if (attempts !== components.taken[i])
      this.complain('slots', `${record.id}: ${components.taken[i]} slots, ${attempts} attempts`);
    for (const [r, name] of RESOURCES.entries()) {
      if (Math.abs(resources.used(i, r, Number.POSITIVE_INFINITY) - reserved[r]!) > 1e-6)
        this.complain(
          'resources',
          `${record.id} reserves ${resources.used(i, r, Number.POSITIVE_INFINITY)} % ${name}, its attempts ${reserved[r]}`,
        );
    }
    if (seat === undefined) return;
    let held = 0;
    for (const run of seat.running) if (run.attempt?.abandoned === false) held++;
    // with the balancer gone its handlers may still run
    if (phase !== 'stopped' && held !== attempts)
      this.complain('slots', `${record.id}: ${held} handlers run, ${attempts} attempts hold a slot`);
    if (components.servingState[i] === ServingState.operational) seat.crashed = false;
    if (phase === 'stopped' || record.actor === null || record.membership !== 'present') return;
    const waits = components.awaitsProbe[i] === 1 || record.runningCheck.id !== 0 || probes > 0;
    if (components.servingState[i] === ServingState.probing && !waits)
      this.complain('probing', `${record.id} is being probed, but no probe runs and none is wanted`);
    this.checkBand(record);
  }

  private checkBand({ index, id, state: stateName }: ComponentRecord): void {
    const {
      fleet: { components },
    } = this.state;
    if (components.servingState[index] !== ServingState.operational) return;
    const band = components.band[index]!;
    const least = bandNow(components, index);
    if (band < least) this.complain('bands', `${id} is in band ${band}, its load calls for ${least}`);
    if (!stateName.startsWith('operational.'))
      this.complain('bands', `${id} is operational, but shown as ${stateName}`);
  }

  /** Every open job has a time at which something becomes of it, and that time has not passed. */
  private checkJobs(): void {
    const { state } = this;
    const t = state.scheduler.now();
    state.requests.jobs.forEachOpen((job) => {
      const id = state.requests.jobs.idOf(job);
      if (job.wheelSlot < 0) this.complain('timers', `${id} (state ${job.state}) waits without a timer`);
      if (job.deadline < t - 1) this.complain('timers', `${id} is open ${t - job.deadline} ms after its deadline`);
      const isBounded = job.state === JobState.queued && job.deadline === Number.POSITIVE_INFINITY;
      if (isBounded && t - job.waitingSince > this.longestWait + 2)
        this.complain('timers', `${id} has waited ${t - job.waitingSince} ms`);
    });
  }

  /** ms; the setting may have been longer before. */
  longestWait = 0;

  private checkRegions(): void {
    const { state } = this;
    const { components } = state.fleet;
    const failed =
      components.countByServingState[ServingState.isolated]! + components.countByServingState[ServingState.probing]!;
    const level =
      state.fleet.downRoutes.size > 0
        ? 'down'
        : failed > 0
          ? 'degraded'
          : state.mode.openFailovers > 0
            ? 'rerouting'
            : 'steady';
    for (const route of state.fleet.downRoutes.keys())
      if (route.members.some((i) => components.servingState[i] === ServingState.operational))
        this.complain('regions', 'a route is down although a member of it is operational');
    if (state.mode.failoverLevel !== level)
      this.complain('regions', `failover is ${state.mode.failoverLevel}, not ${level}`);
    if (state.mode.phase === 'draining') return;
    const value = state.self.getSnapshot().value;
    const shown: unknown = typeof value === 'object' ? Reflect.get(value, 'active') : value;
    const region = (name: string): unknown =>
      typeof shown === 'object' && shown !== null ? Reflect.get(shown, name) : undefined;
    if (region('failover') !== state.mode.failoverLevel)
      this.complain('regions', `failover shows ${String(region('failover'))}, not ${state.mode.failoverLevel}`);
    if (region('pressure') !== state.overload.pressure)
      this.complain('regions', `pressure shows ${String(region('pressure'))}, not ${state.overload.pressure}`);
    if (region('dispatch') !== (state.mode.flowing ? 'flowing' : 'paused'))
      this.complain('regions', 'dispatch is not as shown');
  }
}
