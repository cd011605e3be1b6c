import type { DurationBuckets } from '../../../domain/telemetry.ts';
import type { Family } from '../families.ts';

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '"': '\\"' };

const escapeHelp = (text: string): string => text.replace(/[\\\n]/g, (c) => ESCAPES[c] ?? c);
/** A lone half of a surrogate pair is not UTF-8: it becomes U+FFFD. */
const escapeLabel = (text: string): string =>
  text.replace(/\p{Surrogate}/gu, '\ufffd').replace(/[\\\n"]/g, (c) => ESCAPES[c] ?? c);

const formatNumber = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';

const pairs = (names: readonly string[], values: readonly string[]): string =>
  names.map((name, k) => `${name}="${escapeLabel(values[k] ?? '')}"`).join(',');

const inBraces = (labels: string): string => (labels === '' ? '' : `{${labels}}`);

/** Families in Prometheus' text format 0.0.4. */
export function toText(families: readonly Family[], boundsMs: readonly number[]): string {
  const lines: string[] = [];
  for (const family of families) {
    const { name, labelNames } = family;
    lines.push(`# HELP ${name} ${escapeHelp(family.help)}`, `# TYPE ${name} ${family.type}`);
    if (family.type === 'histogram')
      for (const { labels, buckets } of family.samples)
        writeHistogram(lines, name, pairs(labelNames, labels), buckets, boundsMs);
    else
      for (const { labels, value } of family.samples)
        lines.push(`${name}${inBraces(pairs(labelNames, labels))} ${formatNumber(value)}`);
  }
  lines.push('');
  return lines.join('\n');
}

function writeHistogram(
  lines: string[],
  name: string,
  labels: string,
  { upTo, count, sumMs }: DurationBuckets,
  boundsMs: readonly number[],
): void {
  const and = labels === '' ? '' : `${labels},`;
  for (const [k, bound] of boundsMs.entries())
    lines.push(`${name}_bucket{${and}le="${formatNumber(bound / 1000)}"} ${upTo[k]}`);
  lines.push(`${name}_bucket{${and}le="+Inf"} ${count}`);
  lines.push(`${name}_sum${inBraces(labels)} ${formatNumber(sumMs / 1000)}`);
  lines.push(`${name}_count${inBraces(labels)} ${count}`);
}
