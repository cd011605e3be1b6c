import type { Books } from '../../engine/state.ts';
import type { Entry } from '../../engine/membership/component-record.ts';
import { countsOf } from '../../engine/reporting/metrics.ts';
import { gauge } from '../../../machines/component/bands.ts';
import { OUTCOMES } from '../../domain/outcome.ts';
import { RESOURCES } from '../../domain/workload.ts';
import { Standing } from '../../fleet/component-table.ts';
import { JobState } from '../../requests/job.ts';
import type { Complain } from './invariants-per-event.ts';
import type { Seat } from './stub-component.ts';
import type { Witness } from './request-log.ts';

/** Algorithms that may leave a request waiting although a component is free. */
const HOLDING = new Set(['performance-based', 'adaptive', 'custom']);

/**
 * The rules that hold whenever everything is at rest, so that what submitters, handlers and listeners saw can be compared
 * with what the balancer counted, and nothing waits for what will never come.
 */
export class RestWatch {
  private readonly books: Books;
  private readonly witness: Witness;
  private readonly complain: Complain;
  private readonly observed: boolean;

  constructor(books: Books, witness: Witness, observed: boolean, complain: Complain) {
    this.books = books;
    this.witness = witness;
    this.observed = observed;
    this.complain = complain;
  }

  /** @param seats the present seat of each component id */
  check(seats: ReadonlyMap<string, Seat>): void {
    this.checkCounts();
    this.checkQueue();
    for (const entry of this.books.entries) if (entry !== undefined) this.checkEntry(entry, seats.get(entry.id));
    if (this.books.phase === 'stopped') return;
    this.checkJobs();
    this.checkRegions();
    this.checkIdle();
  }

  private checkCounts(): void {
    const { books, witness } = this;
    const counts = countsOf(books);
    const unheard = witness.all.filter((one) => one.unheard).length;
    const submitted = witness.submittedByClass.reduce((a, b) => a + b, 0);
    if (counts.submitted !== submitted)
      this.complain('counts', `${counts.submitted} submitted by the balancer's count, ${submitted} by ours`);
    let missing = 0;
    for (const name of OUTCOMES) {
      const difference = counts[name] - witness.outcomes[name];
      if (difference < 0 || (unheard === 0 && difference !== 0))
        this.complain('counts', `${counts[name]} ${name} by the balancer's count, ${witness.outcomes[name]} by ours`);
      missing += difference;
    }
    if (missing > unheard) this.complain('counts', `${missing} outcomes that nobody heard of, of ${unheard}`);
    if (this.observed && books.tally.started !== witness.assigned)
      this.complain('counts', `${books.tally.started} attempts by the balancer's count, ${witness.assigned} announced`);
    for (const [what, { current }] of Object.entries({ arrivals: books.arrivals, settlements: books.settlements }))
      if (current.count > 0) this.complain('mailbox', `${current.count} ${what} have not been taken`);
    if (books.unseen.size > 0) this.complain('mailbox', `${books.unseen.size} submissions are kept as unseen`);
  }

  private checkQueue(): void {
    const { queue, jobs, routes } = this.books;
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
      const counts = byRoute.get(job.kind.route);
      if (counts === undefined) return this.complain('routes', `a job of ${job.type} is on a route that is gone`);
      counts.open++;
      if (job.state === JobState.queued) counts.queued++;
    });
    for (const [route, { queued: waiting, open }] of byRoute) {
      if (route.queued !== waiting) this.complain('routes', `a route counts ${route.queued} queued jobs of ${waiting}`);
      if (route.unsettled !== open) this.complain('routes', `a route counts ${route.unsettled} open jobs of ${open}`);
    }
    if (byPartition !== queued) this.complain('queue', `its partitions hold ${byPartition} of ${queued} jobs`);
  }

  private checkEntry(entry: Entry, seat: Seat | undefined): void {
    const { components, resources, phase } = this.books;
    const i = entry.index;
    let attempts = 0;
    let probes = 0;
    const reserved = [0, 0, 0, 0];
    for (let attempt = entry.attempts; attempt !== null; attempt = attempt.next) {
      attempts++;
      if (attempt.probe) probes++;
      if (attempt.demand !== null) for (const [r, share] of attempt.demand.entries()) reserved[r]! += share;
      if (!attempt.started) this.complain('outbox', `an attempt on ${entry.id} was never started`);
    }
    if (attempts !== components.taken[i])
      this.complain('slots', `${entry.id}: ${components.taken[i]} slots, ${attempts} attempts`);
    for (const [r, name] of RESOURCES.entries()) {
      if (Math.abs(resources.used(i, r, Number.POSITIVE_INFINITY) - reserved[r]!) > 1e-6)
        this.complain(
          'resources',
          `${entry.id} reserves ${resources.used(i, r, Number.POSITIVE_INFINITY)} % ${name}, its attempts ${reserved[r]}`,
        );
    }
    if (seat === undefined) return;
    let held = 0;
    for (const run of seat.running) if (run.attempt?.abandoned === false) held++;
    // with the balancer gone its handlers may still run
    if (phase !== 'stopped' && held !== attempts)
      this.complain('slots', `${entry.id}: ${held} handlers run, ${attempts} attempts hold a slot`);
    if (components.standing[i] === Standing.operational) seat.crashed = false;
    if (phase === 'stopped' || entry.actor === null || entry.membership !== 'present') return;
    const waits = components.wantsProbe[i] === 1 || entry.probe.running !== 0 || probes > 0;
    if (components.standing[i] === Standing.probing && !waits)
      this.complain('probing', `${entry.id} is being probed, but no probe runs and none is wanted`);
    this.checkBand(entry);
  }

  private checkBand({ index, id, state }: Entry): void {
    const { components } = this.books;
    if (components.standing[index] !== Standing.operational) return;
    const band = components.band[index]!;
    const least = gauge(components, index);
    if (band < least) this.complain('bands', `${id} is in band ${band}, its load calls for ${least}`);
    if (!state.startsWith('operational.')) this.complain('bands', `${id} is operational, but shown as ${state}`);
  }

  /** Every open job has a time at which something becomes of it, and that time has not passed. */
  private checkJobs(): void {
    const { books } = this;
    const t = books.now();
    books.jobs.forEachOpen((job) => {
      const id = books.jobs.idOf(job);
      if (job.wheelSlot < 0) this.complain('timers', `${id} (state ${job.state}) waits without a timer`);
      if (job.deadline < t - 1) this.complain('timers', `${id} is open ${t - job.deadline} ms after its deadline`);
      if (job.state === JobState.queued && t - job.waitingSince > this.longestWait + 2)
        this.complain('timers', `${id} has waited ${t - job.waitingSince} ms`);
    });
  }

  /** ms; the setting may have been longer before. */
  longestWait = 0;

  private checkRegions(): void {
    const { books } = this;
    const { components } = books;
    const failed = components.countByStanding[Standing.isolated]! + components.countByStanding[Standing.probing]!;
    const level = components.panic
      ? 'panic'
      : failed > 0
        ? 'degraded'
        : books.openFailovers > 0
          ? 'rerouting'
          : 'steady';
    if (books.failoverLevel !== level) this.complain('regions', `failover is ${books.failoverLevel}, not ${level}`);
    if (books.phase === 'draining') return;
    const value = books.self.getSnapshot().value;
    const shown: unknown = typeof value === 'object' ? Reflect.get(value, 'active') : value;
    const region = (name: string): unknown =>
      typeof shown === 'object' && shown !== null ? Reflect.get(shown, name) : undefined;
    if (region('failover') !== books.failoverLevel)
      this.complain('regions', `failover shows ${String(region('failover'))}, not ${books.failoverLevel}`);
    if (region('pressure') !== books.pressure)
      this.complain('regions', `pressure shows ${String(region('pressure'))}, not ${books.pressure}`);
    if (region('dispatch') !== (books.flowing ? 'flowing' : 'paused'))
      this.complain('regions', 'dispatch is not as shown');
  }

  /** Work that anybody may take does not wait while somebody is free. */
  private checkIdle(): void {
    const { books } = this;
    const { components } = books;
    if (!books.flowing || (books.phase !== 'running' && books.phase !== 'draining')) return;
    for (const partition of books.queue.busyPartitions()) {
      const head = partition.jobs.head();
      if (head === null || partition.parked.length > 0 || head.demand !== null || head.excluded !== null) continue;
      if (!head.idempotent && components.panic) continue;
      const { members } = partition.route;
      const free = members.find((i) => components.standing[i] === Standing.operational && components.free[i]! > 0);
      if (free === undefined) continue;
      const held = HOLDING.has(books.activeAlgorithm) && members.some((i) => components.taken[i]! > 0);
      if (!held) this.complain('idle', `${components.ids[free]} is free while a request for it waits`);
    }
  }
}
