import { performance } from 'node:perf_hooks';
import type { Clock } from '../../domain/ports.ts';
import type { LiveStats } from '../../engine/reporting/live-stats.ts';
import type { Inspectable } from '../../load-balancer/inspectable.ts';
import { type Cost, type Focus, FRAMES_PER_SECOND, type Messages, type Summary } from '../protocol.ts';
import { type ActorDirectory, split } from './actor-directory.ts';
import type { ChangeLog } from './change-log.ts';
import { figures, Rows, summaryOf } from './frames.ts';
import type { History } from './history.ts';
import type { MessageSampler } from './message-sampler.ts';
import { redact, type VisibleFields } from './redaction.ts';
import { activeOf, chartIdOf } from './statecharts.ts';
import type { Viewer } from './viewer.ts';

const PERIOD_MS = 1_000 / FRAMES_PER_SECOND;
const SECOND_MS = 1_000;
/** A frame that takes long is followed by a pause of so many times as long, so that viewers cost at most 2.5 % of a core. */
const PAUSE_FACTOR = 40;
/** Changes in a snapshot; a delta has all since the frame before. */
const MAX_CHANGES = 500;
/** Weight of the latest frame in the smoothed cost. */
const NEWEST = 0.2;

export interface Sources {
  readonly balancer: Inspectable;
  readonly cast: ActorDirectory;
  readonly recorder: ChangeLog;
  readonly history: History;
  readonly post: MessageSampler;
  readonly clock: Clock;
  readonly reveal: VisibleFields;
}

/** Makes frames and sends each viewer what it has not seen. Without a viewer it only adds a point a second to the history. */
export class Broadcast {
  readonly viewers = new Set<Viewer>();
  private readonly of: Sources;
  private readonly rows = new Rows();
  private frame = 0;
  private timer: unknown;
  private secondDue = 0;
  private frameMs = 0;
  private share = 0;
  private bytesPerSecond = 0;
  private observing = 0;
  private skipped = 0;
  private stopped = false;

  constructor(of: Sources) {
    this.of = of;
  }

  start(): void {
    this.tick();
  }

  /** A frame now rather than at the next quarter of a second. */
  kick(): void {
    if (this.stopped) return;
    this.of.clock.clearTimeout(this.timer);
    this.tick();
  }

  stop(reason: string): void {
    this.stopped = true;
    this.of.clock.clearTimeout(this.timer);
    this.of.post.want(false);
    for (const viewer of this.viewers) viewer.end(reason);
    this.viewers.clear();
  }

  private tick(): void {
    const begin = performance.now();
    const { clock } = this.of;
    const t = clock.now();
    const watched = this.isWatched();
    const second = t >= this.secondDue;
    // the second may be long in coming, and until then each event would cost
    if (!watched) this.of.post.want(false);
    if (watched || second) this.try(() => this.look(t, watched, second));
    const took = performance.now() - begin;
    // the history keeps its seconds, whatever a busy machine makes of one look
    const pause = watched ? Math.max(PERIOD_MS, took * PAUSE_FACTOR) : SECOND_MS;
    this.frameMs += (took - this.frameMs) * NEWEST;
    this.share += (took / pause - this.share) * NEWEST;
    this.timer = clock.setTimeout(() => this.tick(), pause);
  }

  /** A frame that cannot be made must not end the process that it is about: the viewers are told, and may come again. */
  private try(make: () => void): void {
    try {
      make();
    } catch {
      for (const viewer of this.viewers) viewer.end('the inspector could not make a frame');
      this.viewers.clear();
    }
  }

  private isWatched(): boolean {
    for (const viewer of this.viewers) if (viewer.visible) return true;
    return false;
  }

  private look(t: number, watched: boolean, second: boolean): void {
    const { balancer, recorder, history, post } = this.of;
    const stats = balancer.liveStats();
    recorder.compare(stats.regions);
    if (second) {
      history.take(stats);
      this.secondDue = Math.max(this.secondDue + SECOND_MS, t + SECOND_MS / 2);
      this.measure();
    }
    const listens = [...this.viewers].some((viewer) => viewer.visible && viewer.messages);
    const messages = post.collect();
    post.want(listens);
    this.observing = messages?.observed ?? 0;
    if (!watched) return;
    this.frame++;
    this.rows.take(stats.components, this.frame, (id) => recorder.statusSinceOf(id));
    const summary = summaryOf(stats, history.successRate(stats.requests), this.cost());
    for (const viewer of this.viewers) {
      if (!viewer.visible) continue;
      if (viewer.isReady(t)) this.send(viewer, summary, messages, stats);
      else {
        this.skipped++;
        if (viewer.isStalled(t)) viewer.destroy();
      }
    }
  }

  private send(viewer: Viewer, summary: Summary, messages: Messages | undefined, stats: LiveStats): void {
    const { recorder, history, cast } = this.of;
    const { changes, alerts, audit } = recorder;
    const focus = this.focusOf(viewer, stats);
    if (viewer.stale) {
      viewer.snapshot({
        seq: this.frame,
        summary,
        rows: this.rows.all(),
        monitors: cast.monitors(),
        changes: recorder.recent(MAX_CHANGES),
        alerts: alerts.after(0),
        audit: audit.after(0),
        history: history.after(0),
        focus,
      });
    } else {
      const missed = changes.missedAfter(viewer.change);
      viewer.delta({
        seq: this.frame,
        summary,
        rows: this.rows.changedAfter(viewer.frame),
        gone: unlessEmpty(this.rows.goneAfter(viewer.frame)),
        changes: unlessEmpty(changes.after(viewer.change)),
        missed: missed > 0 ? missed : undefined,
        alerts: unlessEmpty(alerts.after(viewer.alert)),
        audit: unlessEmpty(audit.after(viewer.audit)),
        history: unlessEmpty(history.after(viewer.history)),
        focus,
        messages: viewer.messages ? messages : undefined,
      });
    }
    viewer.stale = false;
    viewer.frame = this.frame;
    viewer.change = changes.latest;
    viewer.alert = alerts.latest;
    viewer.audit = audit.latest;
    viewer.history = history.count;
  }

  private focusOf(viewer: Viewer, stats: LiveStats): Focus | undefined {
    const { balancer, cast, reveal } = this.of;
    const ref = cast.find(viewer.focus);
    if (ref === undefined) return undefined;
    const [kind, id] = split(viewer.focus);
    const latency = kind === 'component' ? balancer.latencyOf(id) : undefined;
    const context = redact(contextOf(ref), reveal.context);
    // a crashed component keeps its last snapshot for a moment; its row tells what the balancer holds
    const row = kind === 'component' ? stats.components.find((c) => c.id === id) : undefined;
    const active = activeOf(ref);
    return {
      key: viewer.focus,
      chart: chartIdOf(ref),
      active: row?.state === 'failed.crashLoop' ? ['failed'] : active,
      ...(latency === undefined
        ? {}
        : {
            latency: { count: latency.count, p50Ms: figures(latency.p50Ms, 3), p99Ms: figures(latency.p99Ms, 3) },
          }),
      ...(context === undefined ? {} : { shown: context }),
    };
  }

  /** Once a second. */
  private measure(): void {
    let bytes = 0;
    for (const viewer of this.viewers) {
      bytes += viewer.bytes;
      viewer.bytes = 0;
    }
    this.bytesPerSecond = bytes;
  }

  private cost(): Cost {
    return {
      frameMs: figures(this.frameMs, 3),
      share: figures(this.share, 3),
      viewers: this.viewers.size,
      observing: figures(this.observing, 2),
      bytesPerSecond: this.bytesPerSecond,
      skipped: this.skipped,
    };
  }
}

const unlessEmpty = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);

function contextOf(ref: { getSnapshot(): unknown }): unknown {
  const snapshot = ref.getSnapshot();
  return typeof snapshot === 'object' && snapshot !== null ? Reflect.get(snapshot, 'context') : undefined;
}
