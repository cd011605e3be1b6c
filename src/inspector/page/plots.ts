import type { ComponentStatus } from '../../domain/component.ts';
import { PRIORITIES } from '../../domain/priority.ts';
import type { ComponentPoint, HistoryPoint } from '../protocol.ts';
import { ms, number, percent } from './format.ts';
import { GLYPHS } from './status.ts';

export interface Line {
  readonly name: string;
  /** A CSS variable. */
  readonly color: string;
  readonly dash?: readonly number[];
  /** What stands for the name where there is no room. */
  readonly short?: string;
}

/** One quantity over time. */
export interface Plot {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly show: (value: number) => string;
  /** Upper end of the axis; else what the data need. */
  readonly most?: number;
  readonly data: readonly (readonly (number | null)[])[];
  /** The values are places in this list, drawn as bars, one level each. */
  readonly levels?: readonly ComponentStatus[];
}

/** The worst on top. */
const LEVELS: readonly ComponentStatus[] = ['Available', 'Busy', 'Overloaded', 'Maintenance', 'Failed'];

/** No time at all means that there was nothing to time: a gap, and not 0 ms. */
const known = (value: number): number | null => (value === 0 ? null : value);

const one = (name: string): readonly Line[] => [{ name, color: '--line-1' }];

export const plotsOfBalancer = (points: readonly HistoryPoint[]): Plot[] => [
  { title: 'Load', show: percent, most: 1, lines: one('slots taken'), data: [points.map((p) => p.load)] },
  {
    title: 'Response',
    show: ms,
    lines: [
      { name: 'p50', color: '--line-1' },
      { name: 'p99', color: '--line-2', dash: [5, 3] },
    ],
    data: [points.map((p) => known(p.p50Ms)), points.map((p) => known(p.p99Ms))],
  },
  { title: 'Requests per second', show: number, lines: one(''), data: [points.map((p) => p.perSecond)] },
  {
    title: 'Success',
    show: percent,
    most: 1,
    lines: one('of the last 10 s'),
    data: [points.map((p) => p.successRate)],
  },
  { title: 'In flight', show: number, lines: one(''), data: [points.map((p) => p.inFlight)] },
  {
    title: 'Queued',
    show: number,
    lines: PRIORITIES.map((name, k) => ({
      name: name.toLowerCase(),
      short: name.slice(0, 1),
      color: `--line-${k + 1}`,
      ...(k > 0 ? { dash: [8 - k, k + 1] } : {}),
    })),
    data: PRIORITIES.map((_, k) => points.map((p) => p.queued[k] ?? 0)),
  },
];

export const plotsOfComponent = (points: readonly ComponentPoint[]): Plot[] => [
  {
    title: 'State',
    show: (level) => statusAt(level),
    lines: [{ name: '', color: '--line-1' }],
    levels: LEVELS,
    data: [points.map((p) => LEVELS.indexOf(p.status))],
  },
  { title: 'Load', show: percent, most: 1, lines: one('slots taken'), data: [points.map((p) => p.load)] },
  { title: 'Mean response', show: ms, lines: one(''), data: [points.map((p) => known(p.meanMs))] },
  { title: 'Finished per second', show: number, lines: one(''), data: [points.map((p) => p.perSecond)] },
  { title: 'Success', show: percent, most: 1, lines: one('recently'), data: [points.map((p) => p.successRate)] },
  { title: 'In flight', show: number, lines: one(''), data: [points.map((p) => p.inFlight)] },
];

function statusAt(level: number): string {
  const status = LEVELS[level];
  return status === undefined ? '–' : `${GLYPHS[status]} ${status.toLowerCase()}`;
}
