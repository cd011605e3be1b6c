import type { Results } from '../results.ts';
import { busy } from './bars.ts';
import { type BarLine, barChart } from './chart.ts';
import { fixed } from './text.ts';

/** The charts of a run by file name. */
export function chartsOf({ contests, variants }: Results): ReadonlyMap<string, string> {
  const charts = new Map<string, string>();
  const others = contests.filter(({ name }) => name !== 'nothing');
  charts.set(
    'throughput.svg',
    barChart({
      title:
        'plimsoll’s throughput as a multiple of theirs, 256 in flight (log; right of the dashes plimsoll is faster)',
      mark: 1,
      lines: others
        .map(({ other, levels }) => line(other.label, busy(levels).ratio, '×'))
        .sort((a, b) => b.value - a.value),
    }),
  );
  const measured = others.flatMap(({ other, open }) => (open === undefined ? [] : [{ label: other.label, open }]));
  if (measured.length > 0) {
    charts.set(
      'latency.svg',
      barChart({
        title: 'p99 of added latency at half of each library’s maximum, ms (log)',
        mark: 1,
        lines: [
          line('plimsoll (beside moleculer)', measured.at(-1)!.open.own.p99, ' ms'),
          ...measured.map(({ label, open }) => line(label, open.other.p99, ' ms')),
        ],
      }),
    );
  }
  const sizes = variants.filter(({ name }) => name.startsWith('components-'));
  charts.set(
    'components.svg',
    barChart({
      title: 'Throughput as a multiple of that with 7 components, 256 in flight (log)',
      mark: 1,
      lines: sizes.map(({ other, levels }) => {
        const { median, low, high } = busy(levels).ratio;
        return line(other.label, { median: 1 / median, low: 1 / high, high: 1 / low }, '×');
      }),
    }),
  );
  return charts;
}

function line(
  label: string,
  { median, low, high }: { median: number; low: number; high: number },
  unit: string,
): BarLine {
  return { label, value: median, low, high, text: `${fixed(median)}${unit}` };
}
