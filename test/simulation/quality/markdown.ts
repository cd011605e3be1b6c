import type { Case } from './cases.ts';
import type { Bar, Measured, Runs } from './rows.ts';

/** What a report is made of. */
export interface Findings {
  readonly cases: readonly { readonly one: Case; readonly heldOut: boolean; readonly rows: readonly Measured[] }[];
  readonly runs: Runs;
  readonly seedsOf: (one: Case) => number;
  /** Cases that could not be run, and why. */
  readonly skipped: readonly string[];
  readonly requests: number;
  readonly cpuMs: number;
}

const DIGITS: Readonly<Record<Bar['unit'], number>> = { ratio: 3, share: 3, points: 3, ms: 3, count: 2 };
const SUFFIX: Readonly<Record<Bar['unit'], string>> = {
  ratio: '',
  share: ' %',
  points: ' points',
  ms: ' ms',
  count: '',
};

export function show(value: number, unit: Bar['unit'], digits = DIGITS[unit]): string {
  return (unit === 'share' ? 100 * value : value).toFixed(digits);
}

export const barOf = ({ sense, value, unit, beyondChance }: Bar): string =>
  `${sense === 'atMost' ? '≤' : '≥'} ${Number(show(value, unit))}${SUFFIX[unit]}${beyondChance === true ? ', but for chance' : ''}`;

export function figureOf({ figure, row }: Measured): string {
  const { unit } = row.bar;
  const width = figure.halfWidth === null ? '' : ` ± ${show(figure.halfWidth, unit)}`;
  return `${show(figure.mean, unit)}${width}${SUFFIX[unit]}`;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function absolute({ runs }: Findings, { id, scenario, algorithms }: Case): string {
  const windows = [undefined, ...Object.keys(scenario.windows ?? {})];
  return windows
    .flatMap((window) =>
      algorithms.map((algorithm) => {
        const tallies = runs(id, algorithm).map((run) => (window === undefined ? run.total : run.windows[window]!));
        const of = (read: (tally: (typeof tallies)[number]) => number | null): number =>
          mean(tallies.map((tally) => read(tally) ?? Number.NaN));
        return `| ${algorithm} | ${window ?? 'all'} | ${of(({ latency }) => latency.meanMs).toFixed(1)} | ${of(
          ({ latency }) => latency.p99Ms,
        ).toFixed(
          0,
        )} | ${of(({ wait }) => wait.meanMs).toFixed(2)} | ${(100 * of(({ goodput }) => goodput)).toFixed(3)} |`;
      }),
    )
    .join('\n');
}

/** When adaptive first left the strategy that NORMAL work begins with. */
function moved({ runs }: Findings, { id }: Case): string {
  const firsts = runs(id, 'adaptive').flatMap(({ remarks }) => {
    const first = remarks.find(({ text }) => text.startsWith('NORMAL: '));
    return first === undefined ? [] : [first];
  });
  if (firsts.length === 0) return '';
  const seconds = firsts.map(({ atMs }) => atMs / 1000);
  const to = [...new Set(firsts.map(({ text }) => text.split('→ ')[1]))].join(' or ');
  return `Adaptive moved NORMAL work to ${to} after ${mean(seconds).toFixed(1)} s (${Math.min(...seconds)} to ${Math.max(...seconds)}; ${
    firsts.length
  } of ${runs(id, 'adaptive').length} seeds).\n\n`;
}

function section(findings: Findings, { one, rows }: Findings['cases'][number]): string {
  const first = one.firstSeed ?? 1;
  const seeds = findings.seedsOf(one);
  return `### ${one.title}

${one.note === undefined ? '' : `${one.note}\n\n`}Seeds ${first} to ${first + seeds - 1}. \`npm run quality -- --case '^${one.id}$'\`

| who | what | measured | bar | met |
|---|---|---|---|---|
${rows
  .map(
    (m) =>
      `| ${m.row.algorithm} | ${m.row.what} | ${figureOf(m)} | ${barOf(m.row.bar)} | ${m.met ? 'yes' : '**no**'} |`,
  )
  .join('\n')}

${moved(findings, one)}| | part | mean ms | p99 ms | wait ms | goodput % |
|---|---|---|---|---|---|
${absolute(findings, one)}
`;
}

export function count(rows: readonly Measured[]): string {
  const met = rows.filter((one) => one.met).length;
  return `${met} of ${rows.length} rows met, ${rows.length - met} missed`;
}

/** docs/quality.md */
export function markdownOf(findings: Findings): string {
  const part = (heldOut: boolean): Findings['cases'] => findings.cases.filter((one) => one.heldOut === heldOut);
  const rowsOf = (heldOut: boolean): Measured[] => part(heldOut).flatMap(({ rows }) => rows);
  const sections = (heldOut: boolean): string =>
    part(heldOut)
      .map((one) => section(findings, one))
      .join('\n');
  return `# Quality of routing and overload control

Written by \`npm run quality\`; the same code gives the same bytes but for the speed. The real balancer runs on simulated
time; per seed, all algorithms meet the same requests. Figures are means over seeds ± half of the 95 % interval (Student's
t), quotients are paired by seed, and a row is met when its mean is
("but for chance": unless the whole interval lies beyond). "Adaptive" runs optimization cycles of 1 s; the default is 60 s, with
which it follows its evidence later (README has both).

The **oracle** picks by the true speed and fault of each component at the instant of the pick and holds by the rule of
performance-based with the true rates. It never visits a component that fails so often that ejection would be right, and
needs no probes.

**Adaptive** begins NORMAL and LOW work with least connections and moves it by evidence: with cycles of 1 s, when three batches of 2.5 s
have been scored, about 16 s after the first request (each case tells its own); with the default of 60 s after three
cycles, or as soon as a component shifts by more than 2× or is ejected.

Unless a case says otherwise: the seven capacities of MayArbi, speed = weight / 1.9, any component serves any type, lognormal
service with mean 100 ms at speed 1 and cv 1, deadline 2 s, queue of 1000, faults from second 30 to 60, measured from second 10 on.
"fault" is the time of the fault alone. Healthy cases are measured from second 30 on, in the steady state; "learning" is what came before, from
second 10.

**Must show: ${count(rowsOf(false))}. Held out: ${count(rowsOf(true))}.**
${findings.skipped.map((line) => `\nSkipped: ${line}\n`).join('')}
${(findings.requests / 1e6).toFixed(1)} million simulated requests, ${((1000 * findings.requests) / findings.cpuMs / 1000).toFixed(0)},000 per second of one core.

## What has to be shown

${sections(false)}
## Held out

Nothing was tuned on these: other components, other seeds, cv² = 4, two faults at once, capacities and speeds drawn at random. What misses
here is the first seconds of a slow-down: service times are remembered for 5 s, so that a component that was fast seems no slower than
the slowest others for about 3 s, and gets some more work. (Tried: to
remember the last 400 executions only changed nothing; the last 100 shortened it, but cost the healthy fleet at 0.7 a percent of its p99.)

${sections(true)}`;
}
