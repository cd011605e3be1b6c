import type {
  Alert,
  AuditEntry,
  Change,
  Delta,
  Focus,
  HistoryPoint,
  Messages,
  Row,
  Snapshot,
  Summary,
} from './protocol.ts';

/** What a viewer knows, from a snapshot and the deltas after it. */
export interface ViewState {
  readonly seq: number;
  readonly summary: Summary;
  readonly rows: ReadonlyMap<string, Row>;
  readonly monitors: readonly string[];
  readonly changes: readonly Change[];
  /** Changes that were not sent because they came too fast. */
  readonly missed: number;
  readonly alerts: readonly Alert[];
  readonly audit: readonly AuditEntry[];
  readonly history: readonly HistoryPoint[];
  readonly focus: Focus | undefined;
  /** Of the last frame. */
  readonly messages: Messages | undefined;
}

const MOST = { changes: 1_500, control: 500, alerts: 200, audit: 500, history: 300 } as const;

export function fromSnapshot(snapshot: Snapshot): ViewState {
  return {
    ...snapshot,
    rows: new Map(snapshot.rows.map((row) => [row.id, row])),
    missed: 0,
    messages: undefined,
  };
}

export function applyDelta(known: ViewState, delta: Delta): ViewState {
  return {
    seq: delta.seq,
    summary: delta.summary,
    rows: mergeRows(known.rows, delta),
    monitors: known.monitors,
    changes:
      delta.changes === undefined
        ? known.changes
        : latestOf([...known.changes, ...delta.changes], MOST.changes, MOST.control),
    missed: known.missed + (delta.missed ?? 0),
    alerts: append(known.alerts, delta.alerts, MOST.alerts),
    audit: append(known.audit, delta.audit, MOST.audit),
    history: append(known.history, delta.history, MOST.history),
    focus: delta.focus,
    messages: delta.messages,
  };
}

function mergeRows(rows: ReadonlyMap<string, Row>, { rows: changed, gone = [] }: Delta): ReadonlyMap<string, Row> {
  if (changed.length === 0 && gone.length === 0) return rows;
  const next = new Map(rows);
  for (const row of changed) next.set(row.id, row);
  for (const id of gone) next.delete(id);
  return next;
}

const OPERATIONAL: ReadonlySet<string> = new Set(['Available', 'Busy', 'Overloaded']);

/** Only the load went from one band to another, which it does all the time. */
export const isBand = ({ type, from = '', to = '' }: Change): boolean =>
  type === 'component.statusChanged' && OPERATIONAL.has(from) && OPERATIONAL.has(to);

/** The latest changes, and of those before them what is rarer than a change of load: a large fleet has hundreds of these a second. */
export function latestOf(changes: readonly Change[], most: number, mostControl: number): readonly Change[] {
  if (changes.length <= most) return changes;
  const control = changes.slice(0, -most).filter((change) => !isBand(change));
  return [...control.slice(-mostControl), ...changes.slice(-most)];
}

function append<T>(list: readonly T[], more: readonly T[] | undefined, most: number): readonly T[] {
  if (more === undefined) return list;
  return [...list, ...more].slice(-most);
}

/** Worst first: failed, then by load. */
const RANK = { Failed: 0, Overloaded: 1, Maintenance: 2, Busy: 3, Available: 4 } as const;

/** Orders rows by how much they need a person, then by load in steps of ten, then by id, so that rows do not flap. */
export function worstFirst(a: Row, b: Row): number {
  return (
    RANK[a.status] - RANK[b.status] ||
    Math.floor((b.taken / b.capacity) * 10) - Math.floor((a.taken / a.capacity) * 10) ||
    (a.id < b.id ? -1 : 1)
  );
}
