import { COMPONENT_STATUSES } from '../../domain/component.ts';
import { PRIORITIES } from '../../domain/priority.ts';
import type { Glance } from '../../runtime/glance.ts';
import { type ComponentPoint, HISTORY_SECONDS, type HistoryPoint } from './protocol.ts';

/** Components beyond this many have no history of their own: 5 kB each. */
const MOST_TRACKED = 2_000;

/** The last 300 s at a point a second, of the balancer and of each component. It is the server's, so a reload loses nothing. */
export class History {
  private readonly points: HistoryPoint[] = [];
  private readonly tracks = new Map<string, Track>();
  /** Seconds that were taken since the start. */
  count = 0;

  take(glance: Glance): void {
    this.points.push(pointOf(glance));
    if (this.points.length > HISTORY_SECONDS) this.points.shift();
    this.count++;
    for (const row of glance.components) {
      let track = this.tracks.get(row.id);
      if (track === undefined) {
        if (this.tracks.size >= MOST_TRACKED) continue;
        track = new Track();
        this.tracks.set(row.id, track);
      }
      track.take(this.count, row);
    }
    if (this.tracks.size > glance.components.length) this.forgetGone();
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

function pointOf(glance: Glance): HistoryPoint {
  const { slots, queue, requests } = glance;
  return {
    t: glance.at,
    perSecond: glance.throughputPerSecond,
    p50Ms: glance.p50Ms,
    p99Ms: glance.p99Ms,
    successRate: glance.successRate,
    load: slots.total > 0 ? slots.taken / slots.total : 0,
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
  private readonly status = new Uint8Array(HISTORY_SECONDS);

  take(count: number, row: Glance['components'][number]): void {
    const k = count % HISTORY_SECONDS;
    this.last = count;
    this.second[k] = count;
    this.load[k] = row.slotsTaken / row.maxConcurrentTasks;
    this.inFlight[k] = row.slotsTaken;
    this.meanMs[k] = row.responseTimeMs;
    this.perSecond[k] = row.throughputPerSecond;
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
        status: COMPONENT_STATUSES[this.status[k]!] ?? 'Available',
      });
    }
    return found;
  }
}

/** Four figures are all that a chart shows. */
const round = (value: number): number => Number(value.toPrecision(4));
