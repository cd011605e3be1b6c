import { COMPONENT_STATUSES } from '../../domain/component.ts';
import type { RequestCounts } from '../../domain/outcome.ts';
import { PRIORITIES } from '../../domain/priority.ts';
import type { LiveStats } from '../../engine/reporting/live-stats.ts';
import { type ComponentPoint, HISTORY_SECONDS, type HistoryPoint } from '../protocol.ts';

/** Components beyond this many have no history of their own: 8 kB each. */
const MAX_TRACKED = 2_000;

/** Success is told of so many seconds: since the start, a failure of today would drown in the successes of yesterday. */
const SUCCESS_SECONDS = 10;

/** The last 300 s at a point a second, of the balancer and of each component. It is the server's, so a reload loses nothing. */
export class History {
  private readonly points: HistoryPoint[] = [];
  /** Settled and completed at the last seconds, the latest last. */
  private readonly totals: Totals[] = [];
  private readonly tracks = new Map<string, Track>();
  /** Seconds that were taken since the start. */
  count = 0;

  take(stats: LiveStats): void {
    this.points.push(pointOf(stats, this.successRate(stats.requests)));
    this.totals.push(totalsOf(stats.requests));
    if (this.totals.length > SUCCESS_SECONDS) this.totals.shift();
    if (this.points.length > HISTORY_SECONDS) this.points.shift();
    this.count++;
    for (const row of stats.components) {
      let track = this.tracks.get(row.id);
      if (track === undefined) {
        if (this.tracks.size >= MAX_TRACKED) continue;
        track = new Track();
        this.tracks.set(row.id, track);
      }
      track.take(this.count, row);
    }
    if (this.tracks.size > stats.components.length) this.forgetGone();
  }

  /** Completed over settled of the last 10 s, 0 to 1; 1 when nothing settled. */
  successRate(requests: RequestCounts): number {
    const before = this.totals[0] ?? { settled: 0, completed: 0 };
    const now = totalsOf(requests);
    const settled = now.settled - before.settled;
    return settled > 0 ? (now.completed - before.completed) / settled : 1;
  }

  /** The points after the `count`-th. */
  after(count: number): readonly HistoryPoint[] {
    const fresh = Math.min(this.count - count, this.points.length);
    return fresh <= 0 ? [] : this.points.slice(-fresh);
  }

  /** The history of one component; empty for one that is not tracked. */
  of(componentId: string): ComponentPoint[] {
    return this.tracks.get(componentId)?.points(this.points, this.count) ?? [];
  }

  private forgetGone(): void {
    for (const [id, track] of this.tracks) if (track.last < this.count - HISTORY_SECONDS) this.tracks.delete(id);
  }
}

interface Totals {
  readonly settled: number;
  readonly completed: number;
}

const totalsOf = ({ completed, failed, timedOut, shed, rejected }: RequestCounts): Totals => ({
  settled: completed + failed + timedOut + shed + rejected,
  completed,
});

function pointOf(stats: LiveStats, successRate: number): HistoryPoint {
  const { slots, queue, requests } = stats;
  return {
    t: stats.at,
    perSecond: stats.throughputPerSecond,
    p50Ms: stats.p50Ms,
    p99Ms: stats.p99Ms,
    successRate,
    load: slots.total > 0 ? Math.min(1, slots.taken / slots.total) : 0,
    inFlight: requests.inFlight,
    queued: PRIORITIES.map((priority) => queue.byPriority[priority]),
  };
}

/** One component, in columns by second; a second in which it was not there has count 0. */
class Track {
  last = 0;
  private readonly second = new Float64Array(HISTORY_SECONDS);
  private readonly load = new Float32Array(HISTORY_SECONDS);
  private readonly inFlight = new Float32Array(HISTORY_SECONDS);
  private readonly meanMs = new Float32Array(HISTORY_SECONDS);
  private readonly perSecond = new Float32Array(HISTORY_SECONDS);
  private readonly successRate = new Float32Array(HISTORY_SECONDS);
  private readonly status = new Uint8Array(HISTORY_SECONDS);

  take(count: number, row: LiveStats['components'][number]): void {
    const k = count % HISTORY_SECONDS;
    this.last = count;
    this.second[k] = count;
    this.load[k] = Math.min(1, row.slotsTaken / row.maxConcurrentTasks);
    this.inFlight[k] = row.slotsTaken;
    this.meanMs[k] = row.responseTimeMs;
    this.perSecond[k] = row.throughputPerSecond;
    this.successRate[k] = row.successRate;
    this.status[k] = COMPONENT_STATUSES.indexOf(row.status);
  }

  points(times: readonly HistoryPoint[], newest: number): ComponentPoint[] {
    const found: ComponentPoint[] = [];
    for (let count = newest - times.length + 1; count <= newest; count++) {
      const k = ((count % HISTORY_SECONDS) + HISTORY_SECONDS) % HISTORY_SECONDS;
      const time = times[times.length - 1 - (newest - count)];
      if (time === undefined || this.second[k] !== count) continue;
      found.push({
        t: time.t,
        load: round(this.load[k]!),
        inFlight: this.inFlight[k]!,
        meanMs: round(this.meanMs[k]!),
        perSecond: round(this.perSecond[k]!),
        successRate: round(this.successRate[k]!),
        status: COMPONENT_STATUSES[this.status[k]!] ?? 'Available',
      });
    }
    return found;
  }
}

/** Four figures are all that a chart shows. */
const round = (value: number): number => Number(value.toPrecision(4));
