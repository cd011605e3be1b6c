import type { Level } from '../contest.ts';
import type { Results } from '../results.ts';
import { fixed } from './text.ts';

/** One demand of the design and what was measured. */
export interface Bar {
  readonly what: string;
  readonly asked: string;
  readonly measured: string;
  readonly met: boolean;
}

export const busy = (levels: readonly Level[]): Level =>
  levels.find(({ inFlight }) => inFlight === 256) ?? levels.at(-1)!;

/** The libraries that do about as much as plimsoll. */
const FULL_FEATURED = ['p-queue-full', 'cockatiel-full', 'opossum-bulkhead', 'moleculer-full'];

const RATIOS = [
  ['moleculer-full', 'moleculer with all features', 4],
  ['p-queue-full', 'p-queue with priority and time-out', 8],
  ['p-queue', 'p-queue plain', 1.2],
  ['fastq', 'fastq, which only queues', 0.2],
  ['cockatiel-full', 'cockatiel with all policies', 20],
  ['opossum-bulkhead', 'opossum behind a bulkhead', 1],
] as const;

const SIZES = [
  ['components-1000', '1,000 components instead of 7', 0.7],
  ['components-10000', '10,000 components instead of 7', 0.4],
] as const;

/** What was asked for, of that which this run has measured. */
export function barsOf(results: Results): Bar[] {
  return [
    ...ratios(results),
    ...sizes(results),
    ...openLoop(results),
    ...picks(results),
    ...memory(results),
    ...counts(results),
  ];
}

const atLeast = (what: string, asked: number, { median, low, high }: Level['ratio']): Bar => ({
  what,
  asked: `≥ ${asked}×`,
  measured: `${fixed(median)}× (${fixed(low)} to ${fixed(high)})`,
  met: median >= asked,
});

const atMost = (what: string, asked: number, measured: number, unit: string): Bar => ({
  what,
  asked: `≤ ${asked.toLocaleString('en')} ${unit}`,
  measured: `${fixed(measured)} ${unit}`,
  met: measured <= asked,
});

function ratios({ contests }: Results): Bar[] {
  return RATIOS.flatMap(([name, what, asked]) => {
    const found = contests.find((one) => one.name === name);
    return found === undefined ? [] : [atLeast(`throughput against ${what}`, asked, busy(found.levels).ratio)];
  });
}

function sizes({ variants }: Results): Bar[] {
  return SIZES.flatMap(([name, what, asked]) => {
    const found = variants.find((one) => one.name === name);
    if (found === undefined) return [];
    // the contest's own side is the one with seven
    const { median, low, high } = busy(found.levels).ratio;
    return [atLeast(`throughput with ${what}`, asked, { median: 1 / median, low: 1 / high, high: 1 / low })];
  });
}

function openLoop({ contests }: Results): Bar[] {
  return contests.flatMap(({ name, other, open }) => {
    if (open === undefined || !FULL_FEATURED.includes(name)) return [];
    const own = open.atOthersRate.p99.median;
    const theirs = open.other.p99.median;
    return [
      {
        what: `p99 of added latency at ${other.label}'s half load`,
        asked: `≤ 1 ms, below theirs`,
        measured: `${fixed(own)} ms against ${fixed(theirs)} ms`,
        met: own <= 1 && own < theirs,
      },
      atMost(
        `p99 of added latency at half of its own maximum (run beside ${other.label})`,
        1,
        open.own.p99.median,
        'ms',
      ),
    ];
  });
}

function picks({ picks: all }: Results): Bar[] {
  return (
    [
      [7, 100],
      [10_000, 1_000],
    ] as const
  ).flatMap(([components, asked]) => {
    const found = all.flatMap(({ algorithm, ns }) =>
      ns.filter((one) => one.components === components).map((one) => ({ algorithm, ns: one.ns })),
    );
    if (found.length === 0) return [];
    const slowest = found.reduce((a, b) => (b.ns > a.ns ? b : a));
    const what = `one pick among ${components.toLocaleString('en')}, slowest algorithm (${slowest.algorithm})`;
    return [atMost(what, asked, slowest.ns, 'ns')];
  });
}

function memory({ slope, backlogs, churn, day }: Results): Bar[] {
  const largest = backlogs.at(-1);
  return [
    atMost(`heap growth per request over ${slope.requests.toLocaleString('en')}`, 1, slope.bytesPerRequest, 'B'),
    ...(largest === undefined ? [] : [atMost('heap per queued request', 400, largest.bytes, 'B')]),
    atMost('registering one of 10,000 components', 100, churn.register, 'µs'),
    atMost('removing one of 10,000 components', 100, churn.deregister, 'µs'),
    ...(day === undefined
      ? []
      : [atMost(`heap growth per hour over ${day.hours} virtual hours`, 10, day.bytesPerHour / 1_024, 'kB')]),
  ];
}

function counts({ steady }: Results): Bar[] {
  return steady.flatMap(({ load, transitionsPerMillion, monitorsPerMillion }) => {
    const at = `at ${Math.round(load * 100)} % load, of requests`;
    const own = transitionsPerMillion - monitorsPerMillion;
    return [
      atMost(`transitions of all statecharts ${at}`, 1, transitionsPerMillion / 1e4, '%'),
      atMost(`transitions of balancer and components ${at}`, 1, own / 1e4, '%'),
    ];
  });
}
