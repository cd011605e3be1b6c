import { changes, ordinary, WORK_MS } from './ordinary.ts';
import { atLeast, atMost, meanMs, own, p99Ms, type Row, ratio, type Subject } from './rows.ts';
import type { Run } from './run-of-case.ts';

/** Least and most that a component did, of an equal share. */
const least = ({ components }: Run): number => extreme(components, Math.min);
const most = ({ components }: Run): number => extreme(components, Math.max);

function extreme(components: Run['components'], choose: (...values: number[]) => number): number {
  const served = Object.values(components).map((one) => one.served);
  const total = served.reduce((sum, each) => sum + each, 0);
  return (choose(...served) * served.length) / total;
}

/** Share of one component in what was served. */
const shareOf = ({ components }: Run, id: string): number =>
  components[id]!.served / Object.values(components).reduce((sum, { served }) => sum + served, 0);

const rowsOf = (prefix: string, make: (caseId: string, algorithm: string) => readonly Row[]): Row[] =>
  ordinary
    .filter(({ id }) => id.startsWith(`ordinary-${prefix}`))
    .flatMap(({ id, algorithms }) =>
      algorithms.filter((one) => one !== 'oracle').flatMap((algorithm) => make(id, algorithm)),
    );

const equalRows = rowsOf('equal-', (caseId, algorithm) => [
  own({ caseId, algorithm }, 'least share ÷ fair share', atLeast(0.45, 'ratio'), (runs) =>
    runs(caseId, algorithm).map(least),
  ),
  own({ caseId, algorithm }, 'largest share ÷ fair share', atMost(1.8), (runs) => runs(caseId, algorithm).map(most)),
]);

/** Mean of a minute against the mean that the best component alone would give. */
const meanToBest = (subject: Subject, best: number, value: number): Row =>
  own(subject, "mean ÷ the best component's", atMost(value), (runs) =>
    runs(subject.caseId, subject.algorithm).map((run) => meanMs(run.windows[subject.window!]!) / (WORK_MS / best)),
  );

const unlikeRows = ['slower-', 'faster-'].flatMap((prefix) =>
  rowsOf(prefix, (caseId, algorithm) => [meanToBest({ caseId, algorithm, window: '2' }, 1, 1.1)]),
);

const changedRows = changes.flatMap(({ id, best, bar }) =>
  rowsOf(`${id}-`, (caseId, algorithm) => [meanToBest({ caseId, algorithm, window: '2' }, best, bar)]),
);

const steadyRows = [2, 20].flatMap((perSecond) =>
  rowsOf(`steady-${perSecond}`, (caseId, algorithm) =>
    caseId === `ordinary-steady-${perSecond}`
      ? [
          own({ caseId, algorithm }, 'share of the slow one', atMost(perSecond === 2 ? 0.03 : 0.01, 'share'), (runs) =>
            runs(caseId, algorithm).map((run) => shareOf(run, 'c1')),
          ),
        ]
      : [],
  ),
);

const toOracle = (subject: Subject, mean: number, p99: number): Row[] => {
  const oracle = { ...subject, algorithm: 'oracle' };
  return [ratio(subject, oracle, 'mean', meanMs, mean), ratio(subject, oracle, 'p99', p99Ms, p99)];
};

const lightRows = [
  ...rowsOf('light-healthy', (caseId, algorithm) => toOracle({ caseId, algorithm }, 1.03, 1.06)),
  ...['light-slow', 'light-best-slow'].flatMap((prefix) =>
    rowsOf(prefix, (caseId, algorithm) =>
      [undefined, 'fault'].flatMap((window) => toOracle({ caseId, algorithm, ...(window && { window }) }, 1.08, 1.15)),
    ),
  ),
  ...rowsOf('light-failing', (caseId, algorithm) =>
    [undefined, 'fault'].flatMap((window) => toOracle({ caseId, algorithm, ...(window && { window }) }, 1.05, 1.1)),
  ),
];

export const ordinaryRows: readonly Row[] = [...equalRows, ...unlikeRows, ...changedRows, ...steadyRows, ...lightRows];
