/** One family of a scrape. */
export interface ScrapedFamily {
  readonly help: string;
  readonly type: string;
  readonly samples: readonly ScrapedSample[];
}

export interface ScrapedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;
const SUFFIXES = ['_bucket', '_sum', '_count'];

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const found = LABEL.exec(text);
    if (found === null) throw new Error(`labels: ${text}`);
    const [, name = '', value = ''] = found;
    if (name in labels) throw new Error(`label ${name} twice: ${text}`);
    labels[name] = value.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
  }
  return labels;
}

function parseValue(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  if (text === 'NaN') return Number.NaN;
  if (!/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text)) throw new Error(`value: ${text}`);
  return Number(text);
}

/**
 * Reads Prometheus' text format 0.0.4 and accepts nothing that the format does not allow: each family once, with HELP and
 * TYPE before its samples; no series twice; counters that end with `_total`; histograms whose buckets grow up to `+Inf`,
 * which equals the count.
 */
export function parseExposition(text: string): ReadonlyMap<string, ScrapedFamily> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, { help: string; type: string; samples: ScrapedSample[] }>();
  const seen = new Set<string>();
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const help = /^# HELP (\S+) (.+)$/.exec(line);
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (help !== null) {
      current = help[1]!;
      if (!NAME.test(current) || families.has(current)) throw new Error(`family: ${line}`);
      families.set(current, { help: help[2]!, type: '', samples: [] });
      continue;
    }
    const family = families.get(current);
    if (family === undefined) throw new Error(`before any family: ${line}`);
    if (type !== null) {
      if (type[1] !== current || family.type !== '' || family.samples.length > 0) throw new Error(`type: ${line}`);
      family.type = type[2]!;
      continue;
    }
    const sample = SAMPLE.exec(line);
    if (sample === null) throw new Error(`sample: ${line}`);
    const [, name = '', labels = '', value = ''] = sample;
    const belongs =
      family.type === 'histogram' ? SUFFIXES.some((suffix) => name === current + suffix) : name === current;
    if (!belongs || family.type === '') throw new Error(`not of ${current}: ${line}`);
    const parsed = { name, labels: parseLabels(labels), value: parseValue(value) };
    const key = name + JSON.stringify(Object.entries(parsed.labels).toSorted());
    if (seen.has(key)) throw new Error(`series twice: ${line}`);
    seen.add(key);
    family.samples.push(parsed);
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

function checkFamily(name: string, { type, samples }: ScrapedFamily): void {
  if (type === 'counter') {
    if (!name.endsWith('_total')) throw new Error(`counter ${name} does not end with _total`);
    for (const { value } of samples) if (!(value >= 0)) throw new Error(`counter ${name} is ${value}`);
  } else if (name.endsWith('_total')) throw new Error(`${type} ${name} ends with _total`);
  if (type === 'histogram') checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: readonly ScrapedSample[]): void {
  const series = new Map<string, { last: number; bound: number; sum?: number; count?: number }>();
  for (const { name: sampleName, labels, value } of samples) {
    const { le, ...rest } = labels;
    const key = JSON.stringify(rest);
    const one = series.get(key) ?? { last: 0, bound: Number.NEGATIVE_INFINITY };
    series.set(key, one);
    if (sampleName === `${name}_sum`) one.sum = value;
    else if (sampleName === `${name}_count`) one.count = value;
    else {
      const bound = parseValue(le ?? '');
      if (!(bound > one.bound) || value < one.last) throw new Error(`buckets of ${name} ${key} at ${le}`);
      one.bound = bound;
      one.last = value;
    }
  }
  for (const [key, { last, bound, sum, count }] of series)
    if (bound !== Number.POSITIVE_INFINITY || count !== last || sum === undefined)
      throw new Error(`histogram ${name} ${key} is not whole`);
}

/** Sum over the samples of a name whose labels are as given. */
export function total(
  families: ReadonlyMap<string, ScrapedFamily>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const family = families.get(name) ?? families.get(name.replace(/_(count|sum|bucket)$/, ''));
  if (family === undefined) throw new Error(`no family ${name}`);
  return family.samples
    .filter((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}
