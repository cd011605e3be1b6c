import type { Contest, Latency } from '../contest.ts';
import { CALM } from '../disturbance.ts';
import type { Results } from '../results.ts';
import type { Spread } from '../statistics.ts';
import { type Bar, barsOf, busy } from './bars.ts';
import { fixed, table } from './text.ts';

/** What people wrote, to be put into the page. */
export interface Prose {
  readonly tuning: string;
  readonly remarks: string | undefined;
}

const count = (n: number): string => n.toLocaleString('en');
const range = ({ median, low, high }: Spread, unit = ''): string =>
  `${fixed(median)}${unit} (${fixed(low)}–${fixed(high)})`;

/** docs/benchmarks.md */
export function pageOf(results: Results, { tuning, remarks }: Prose): string {
  const { machine } = results;
  return `# Benchmarks

Written by \`npm run bench\`; do not edit. ${machine.cores} × ${machine.processor}, ${machine.memoryGb} GB, Node ${machine.node}.${remarks === undefined ? '' : ` ${remarks}`}

\`npm run bench\` measures everything (a quarter of an hour, up to thirty-five minutes on a disturbed machine),
\`npm run bench -- --quick\` the bars alone in about a minute and writes nothing; \`npm run bench -- --only fastq\` runs against one
library alone, \`npm run bench -- --against ../other-checkout\` against plimsoll as it is built there. Ratios compare neighbours in one run: each
library runs in a process of its own, in alternation with plimsoll (A B, B A, A B …), and what counts is the median of the
ratios of ${results.contests[0]?.rounds ?? 0} rounds; in brackets the lowest and the highest.

Which rounds count is decided by the machine alone. Before and after each window its process walks through 1 MB of memory
at random, which takes 5 ms where nobody else uses the core and its caches, and up to twice as long where somebody does: then
a program with much code takes twice as long too, while a loop of ten instructions does not (so that it would not cancel
out). A round whose slowest walk took more than ${CALM} times the quickest of the whole run is repeated, up to three times
as many rounds in all; if that is not enough, the least disturbed make up the number. Before a round the run waits until a
walk is quick, ten minutes in all at most, ${Math.round(results.waitedMs / 1_000)} s this time. ${calmness(results)}

The work is an asynchronous function that does nothing. plimsoll runs with everything that it does by
default (validation, five priorities, capacities, deadlines, time-outs, retries armed, metrics, health) over the seven
components of MayArbi, 115 slots (each request has a deadline, for which the caller looks at the clock once in 64 requests:
its own time is not what is measured); the others are given 115 slots too where they have slots.

## The bars

${table(['what', 'asked', 'measured', ''], 'lrrl', barsOf(results).map(barRow))}

## Throughput against other libraries

![throughput](benchmarks/throughput.svg)

How many times as many requests plimsoll carries, by number in flight (closed loop):

${ratioTable(results.contests)}

At 256 in flight, µs a request of both sides, the ratio by processor time, bytes of heap allocated per request (the
loop's own included) and the largest resident set:

${costTable(results.contests)}

What is switched on:

${table(
  ['library', 'features'],
  'll',
  results.contests.map(({ other }) => [other.label, other.features]),
)}
${threads(results)}
## Latency at half load
${latency(results)}
## Size

![components](benchmarks/components.svg)

Throughput at 256 in flight as a multiple of plimsoll with 7 components, five priorities and the adaptive algorithm:

${table(
  ['set up with', 'multiple', 'B a request', 'peak MB'],
  'lrrr',
  results.variants.map(({ other, levels, bytes, peakMb }) => {
    const { median, low, high } = busy(levels).ratio;
    return [
      other.label,
      range({ median: 1 / median, low: 1 / high, high: 1 / low }, '×'),
      fixed(bytes?.other ?? Number.NaN),
      fixed(peakMb.other),
    ];
  }),
)}

One pick (eligibility and algorithm), ns, by number of components, half of the slots taken:

${table(
  ['algorithm', ...(results.picks[0]?.ns ?? []).map(({ components }) => count(components))],
  `l${'r'.repeat(results.picks[0]?.ns.length ?? 0)}`,
  results.picks.map(({ algorithm, ns }) => [algorithm, ...ns.map((one) => fixed(one.ns))]),
)}

A queue worked off, µs a request:

${table(
  ['waiting', 'to hand in', 'to serve', 'B of heap each'],
  'rrrr',
  results.backlogs.map(({ waiting, enqueue, serve, bytes }) => [
    count(waiting),
    fixed(enqueue),
    fixed(serve),
    fixed(bytes),
  ]),
)}

Changes among 10,000 components, with all that they set off, µs of processor time each: register ${fixed(results.churn.register)}, deregister
${fixed(results.churn.deregister)}, drain and resume ${fixed(results.churn.drainAndResume)}, fail and recover ${fixed(results.churn.failAndRecover)}.

## Memory

- Heap over ${count(results.slope.requests)} requests: ${fixed(results.slope.bytesPerRequest)} B a request (least squares).
- Each component: ${fixed(results.componentBytes)} B, its specification and its actor included.
${results.day === undefined ? '' : `- ${results.day.hours} virtual hours, ${count(results.day.requests)} requests: ${fixed(results.day.bytesPerHour / 1_024)} kB an hour from the third hour on.\n`}
## Statechart transitions

Exponential service times of 20 ms, Poisson arrivals, on the virtual clock; per million requests. The monitors' statecharts
(the request processor's clockwork above all) step by time and not by requests, so their share sinks as the rate grows.

${table(
  ['load', 'requests a second', 'all steps', 'of balancer and components', 'of monitors', 'monitors a second'],
  'rrrrrr',
  results.steady.map(({ load, requestsPerSecond, transitionsPerMillion, monitorsPerMillion }) => [
    `${Math.round(load * 100)} %`,
    fixed(requestsPerSecond),
    fixed(transitionsPerMillion),
    fixed(transitionsPerMillion - monitorsPerMillion),
    fixed(monitorsPerMillion),
    fixed((monitorsPerMillion * requestsPerSecond) / 1e6),
  ]),
)}

${tuning.trim()}
`;
}

const barRow = ({ what, asked, measured, met }: Bar): string[] => [what, asked, measured, met ? 'met' : '**missed**'];

function ratioTable(contests: readonly Contest[]): string {
  const levels = contests[0]?.levels ?? [];
  return table(
    ['against', ...levels.map(({ inFlight }) => `${count(inFlight)} in flight`)],
    `l${'r'.repeat(levels.length)}`,
    contests.map(({ other, levels: own }) => [other.label, ...own.map(({ ratio }) => range(ratio, '×'))]),
  );
}

function calmness({ contests, variants }: Results): string {
  const all = [...contests, ...variants].flatMap(({ rounds, levels }) =>
    levels.map(({ calm }) => ({ rounds, ...calm })),
  );
  const sum = (of: (one: (typeof all)[number]) => number): number => all.reduce((total, one) => total + of(one), 0);
  const [counted, taken, disturbed] = [
    sum(({ rounds }) => rounds),
    sum((one) => one.taken),
    sum((one) => one.disturbed),
  ];
  return `In this run ${count(taken)} rounds were taken for the ${count(counted)} of the closed loops, and ${count(disturbed)} of those that count were disturbed.`;
}

const costTable = (contests: readonly Contest[]): string =>
  table(
    ['against', 'plimsoll µs', 'theirs µs', 'by processor time', 'plimsoll B', 'theirs B', 'plimsoll MB', 'theirs MB'],
    'lrrrrrrr',
    contests.map(({ other, levels, bytes, peakMb }) => {
      const { own, other: theirs, cpuRatio } = busy(levels);
      return [
        other.label,
        fixed(own.microseconds.median),
        fixed(theirs.microseconds.median),
        range(cpuRatio, '×'),
        fixed(bytes?.own ?? Number.NaN),
        fixed(bytes?.other ?? Number.NaN),
        fixed(peakMb.own),
        fixed(peakMb.other),
      ];
    }),
  );

function threads({ threads: pool }: Results): string {
  if (pool === undefined) return '';
  const { ratio, own, other } = busy(pool.levels);
  return `
Before a pool of two worker threads (piscina), plimsoll carries ${range(ratio, '×')} of what the pool carries alone:
${fixed(own.microseconds.median)} against ${fixed(other.microseconds.median)} µs a request.
`;
}

function latency({ contests }: Results): string {
  const measured = contests.flatMap(({ other, open }) => (open === undefined ? [] : [{ other, open }]));
  if (measured.length === 0) return '';
  const quantiles = ({ p50, p99, p999 }: Latency): string[] => [p50, p99, p999].map((one) => range(one));
  return `
![latency](benchmarks/latency.svg)

Open loop, Poisson arrivals at half of each library's own maximum, which is the highest rate of such arrivals that it keeps up
with (tried upwards in steps of 15 %); ms from when a request was due to its result, above a handler that takes none. *plimsoll at that rate* is plimsoll
at the other library's rate.

${table(
  ['who', 'requests a second', 'p50', 'p99', 'p99.9'],
  'lrrrr',
  measured.flatMap(({ other, open }) => [
    [other.label, fixed(open.other.perSecond), ...quantiles(open.other)],
    ['plimsoll at that rate', fixed(open.atOthersRate.perSecond), ...quantiles(open.atOthersRate)],
    ['plimsoll at half of its own', fixed(open.own.perSecond), ...quantiles(open.own)],
  ]),
)}
`;
}
