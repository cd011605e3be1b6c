import type { ComponentStatus } from '../domain/component.ts';
import type { AlertKind, Severity } from '../domain/events.ts';
import type { BalancerRegions } from '../domain/metrics.ts';
import type { RequestCounts } from '../domain/outcome.ts';
import type { Priority } from '../domain/priority.ts';
import type { LoadBands } from '../engine/reporting/live-stats.ts';

export type { Problem } from '../adapters/http/problem.ts';

/** Version of everything in this file. A viewer that meets another one says so instead of guessing. */
export const PROTOCOL = 1;

/** Most viewers at a time. */
export const MAX_VIEWERS = 8;
/** Frames per second. */
export const FRAMES_PER_SECOND = 4;
/** Length of the history that the server keeps, at one point a second. */
export const HISTORY_SECONDS = 300;

/** Key of an actor: `balancer`, `monitor:<id>`, `component:<id>`; `other:<id>` and `outside` only in messages. */
export type ActorKey = string;

/** First event on a stream. */
export interface Hello {
  readonly protocol: typeof PROTOCOL;
  /** Names this stream in `POST /api/view`. */
  readonly viewer: string;
  /** Changes when the server is another one than before. */
  readonly server: string;
  /** Epoch ms of the balancer's clock; all times are. */
  readonly at: number;
  readonly admin: boolean;
  readonly framesPerSecond: number;
  readonly historySeconds: number;
  readonly algorithms: readonly string[];
  readonly workloads: readonly string[];
}

/** One component. Times in ms, shares 0 to 1. */
export interface Row {
  readonly id: string;
  readonly priority: Priority;
  readonly status: ComponentStatus;
  readonly state: string;
  /** When it entered the state. */
  readonly since: number;
  /** When it entered the status: a failed component that is probed in vain leaves its state, not its status. */
  readonly statusSince: number;
  readonly taken: number;
  readonly slots: number;
  readonly capacity: number;
  readonly meanMs: number;
  readonly successRate: number;
  readonly perSecond: number;
  readonly weight: number;
  readonly failures: number;
  readonly restarts: number;
}

/** What the top bar shows. */
export interface Summary {
  readonly at: number;
  readonly uptimeMs: number;
  readonly regions: BalancerRegions;
  readonly statuses: Readonly<Record<ComponentStatus, number>>;
  readonly requests: RequestCounts;
  /** submitted minus everything else: 0, or a defect of plimsoll. */
  readonly unaccounted: number;
  /** Completed over settled, cancelled ones aside, of the last 10 s; 1 when nothing settled. */
  readonly successRate: number;
  readonly perSecond: number;
  /** Of the last 5 to 10 s, as `p99Ms` and `queueP99Ms`. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly queueP99Ms: number;
  readonly score: number;
  readonly taken: number;
  readonly total: number;
  readonly bands: LoadBands;
  readonly queue: {
    readonly size: number;
    readonly bound: number;
    readonly byPriority: Readonly<Record<Priority, number>>;
  };
  readonly alerts: { readonly raised: number; readonly suppressed: number };
  readonly cost: Cost;
}

/** What inspecting costs the process. */
export interface Cost {
  /** Time to make and send a frame, ms, smoothed. */
  readonly frameMs: number;
  /** Share of one core, 0 to 1. */
  readonly share: number;
  readonly viewers: number;
  /** Share of the last second in which messages were observed, 0 to 1. */
  readonly observing: number;
  readonly bytesPerSecond: number;
  /** Frames that viewers did not get because they had not read the ones before. */
  readonly skipped: number;
}

/** Something that changed. Never sampled: each is sent, in order; `seq` has no gaps but those that `missed` counts. */
export interface Change {
  readonly seq: number;
  readonly at: number;
  /** Type of the fact, or `region.changed`. */
  readonly type: string;
  readonly actor: ActorKey;
  readonly from?: string;
  readonly to?: string;
  readonly detail?: string;
}

export interface Alert {
  readonly seq: number;
  readonly at: number;
  readonly kind: AlertKind;
  readonly severity: Severity;
  readonly componentId?: string | undefined;
  readonly message: string;
  /** Held back since the last one of its kind. */
  readonly suppressed: number;
}

/** What an administrator did, or tried. */
export interface AuditEntry {
  readonly seq: number;
  readonly at: number;
  /** What the caller calls itself: a claim, which nobody has checked. */
  readonly viewer: string;
  /** Address of the peer, as the system knows it. */
  readonly address: string;
  readonly action: string;
  readonly target: string;
  readonly outcome: 'done' | 'refused' | 'conflict' | 'forbidden';
  readonly detail: string;
}

export interface Message {
  readonly at: number;
  readonly type: string;
  readonly from: ActorKey;
  readonly to: ActorKey;
  /** Fields that the allow-list shows. */
  readonly shown?: Readonly<Record<string, unknown>>;
}

/** Messages between the actors since the last frame. */
export interface Messages {
  readonly kept: readonly Message[];
  readonly seen: Readonly<Record<string, number>>;
  /** Seen and not sent, by type. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Share of the time in which messages were observed, 0 to 1; what was said otherwise is not known. */
  readonly observed: number;
}

/** The actor that a viewer looks at. */
export interface Focus {
  readonly key: ActorKey;
  /** Which chart to draw; see `GET /api/chart`. */
  readonly chart: string;
  /** Paths of the active states, in dots. */
  readonly active: readonly string[];
  readonly latency?: { readonly count: number; readonly p50Ms: number; readonly p99Ms: number } | undefined;
  /** Fields of its context that the allow-list shows. */
  readonly shown?: Readonly<Record<string, unknown>> | undefined;
}

/** One second of history. */
export interface HistoryPoint {
  readonly t: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the 10 s before. */
  readonly successRate: number;
  /** Slots taken over slots, 0 to 1. */
  readonly load: number;
  readonly inFlight: number;
  /** By class, CRITICAL first. */
  readonly queued: readonly number[];
}

/** One second of a component's history. */
export interface ComponentPoint {
  readonly t: number;
  readonly load: number;
  readonly inFlight: number;
  readonly meanMs: number;
  readonly perSecond: number;
  readonly successRate: number;
  readonly status: ComponentStatus;
}

/** Everything: the first frame, and the one after a pause. */
export interface Snapshot {
  readonly seq: number;
  readonly summary: Summary;
  readonly rows: readonly Row[];
  readonly monitors: readonly string[];
  readonly changes: readonly Change[];
  readonly alerts: readonly Alert[];
  readonly audit: readonly AuditEntry[];
  readonly history: readonly HistoryPoint[];
  readonly focus: Focus | undefined;
}

/** What is new since the frame before. */
export interface Delta {
  readonly seq: number;
  readonly summary: Summary;
  /** Rows that changed. */
  readonly rows: readonly Row[];
  /** Components that left. */
  readonly gone?: readonly string[] | undefined;
  readonly changes?: readonly Change[] | undefined;
  /** Changes that came faster than the log holds. */
  readonly missed?: number | undefined;
  readonly alerts?: readonly Alert[] | undefined;
  readonly audit?: readonly AuditEntry[] | undefined;
  readonly history?: readonly HistoryPoint[] | undefined;
  readonly focus?: Focus | undefined;
  readonly messages?: Messages | undefined;
}
