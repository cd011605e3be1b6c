import type { Tally } from '../../../src/testing/simulator/result.ts';
import { type Estimate, estimate } from '../../../src/testing/simulator/statistics.ts';
import type { Run } from './run-of-case.ts';

/** The runs of a case by an algorithm, in the order of their seeds. */
export type Runs = (caseId: string, algorithm: string) => readonly Run[];

/** A figure and what it has to be. */
export interface Bar {
  readonly sense: 'atMost' | 'atLeast';
  readonly value: number;
  readonly unit: 'ratio' | 'share' | 'points' | 'ms' | 'count';
  /** "No worse than" asks for no gain: met unless the whole 95 % interval lies beyond. Else the mean decides. */
  readonly beyondChance?: boolean;
}

/** One line of the report. */
export interface Row {
  readonly caseId: string;
  /** Whose figure it is. */
  readonly algorithm: string;
  readonly what: string;
  readonly bar: Bar;
  /** One value per seed. */
  measure(runs: Runs): readonly number[];
}

export interface Measured {
  readonly row: Row;
  /** Mean over seeds and its 95 % interval. */
  readonly figure: Estimate;
  readonly met: boolean;
  /** Whether even the better end of the 99 % interval misses the bar. */
  readonly gross: boolean;
}

/** Whom a row looks at, and in which part of the run. */
export interface Subject {
  readonly caseId: string;
  readonly algorithm: string;
  /** A window of the scenario; absent: all that counts. */
  readonly window?: string;
}

type Read = (tally: Tally) => number;
export const meanMs: Read = ({ latency }) => latency.meanMs ?? Number.NaN;
export const p99Ms: Read = ({ latency }) => latency.p99Ms ?? Number.NaN;
const goodput: Read = (tally) => tally.goodput;

export const atMost = (value: number, unit: Bar['unit'] = 'ratio'): Bar => ({ sense: 'atMost', value, unit });
export const atLeast = (value: number, unit: Bar['unit'] = 'share'): Bar => ({ sense: 'atLeast', value, unit });

const tallyOf = (run: Run, window: string | undefined): Tally =>
  window === undefined ? run.total : run.windows[window]!;
const where = ({ window }: Subject): string => (window === undefined ? '' : `, ${window}`);

/** Paired by seed: common random numbers make the quotient sharp. */
export function ratio(subject: Subject, other: Subject, name: string, read: Read, value: number): Row {
  return {
    caseId: subject.caseId,
    algorithm: subject.algorithm,
    what: `${name} ÷ ${other.algorithm}'s${where(subject)}`,
    bar: atMost(value),
    measure: (runs) => {
      const others = runs(other.caseId, other.algorithm);
      return runs(subject.caseId, subject.algorithm).map(
        (run, k) => read(tallyOf(run, subject.window)) / read(tallyOf(others[k]!, other.window)),
      );
    },
  };
}

export function goodputOf(subject: Subject, value: number): Row {
  return {
    caseId: subject.caseId,
    algorithm: subject.algorithm,
    what: `goodput${where(subject)}`,
    bar: atLeast(value),
    measure: (runs) => runs(subject.caseId, subject.algorithm).map((run) => goodput(tallyOf(run, subject.window))),
  };
}

/** How many points of goodput another has more. @param points 1 is a hundredth of what was offered. */
export function goodputBelow(subject: Subject, other: string, points: number): Row {
  return {
    caseId: subject.caseId,
    algorithm: subject.algorithm,
    what: `goodput below ${other}'s${where(subject)}`,
    bar: atMost(points, 'points'),
    measure: (runs) => {
      const others = runs(subject.caseId, other);
      return runs(subject.caseId, subject.algorithm).map(
        (run, k) => 100 * (goodput(tallyOf(others[k]!, subject.window)) - goodput(tallyOf(run, subject.window))),
      );
    },
  };
}

/** A row of its own kind. */
export function own(subject: Subject, what: string, bar: Bar, measure: Row['measure']): Row {
  return { caseId: subject.caseId, algorithm: subject.algorithm, what: what + where(subject), bar, measure };
}

/**
 * Measures a row. `gross` is for CI, where few seeds must do: a row may sit right at its bar, where half of all changes
 * of the random numbers would miss it; but its 99 % interval lies wholly beyond the bar by chance once in 200 times.
 */
export function measured(row: Row, runs: Runs): Measured {
  const values = row.measure(runs);
  const figure = estimate(values);
  const reach = estimate(values, 0.99).halfWidth ?? 0;
  const meets = (value: number): boolean =>
    row.bar.sense === 'atMost' ? value <= row.bar.value + 1e-12 : value >= row.bar.value - 1e-12;
  const better = (by: number): number => (row.bar.sense === 'atMost' ? figure.mean - by : figure.mean + by);
  return {
    row,
    figure,
    met: meets(row.bar.beyondChance === true ? better(figure.halfWidth ?? 0) : figure.mean),
    gross: !meets(better(reach)),
  };
}
