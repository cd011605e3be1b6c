/**
 * `npm run bench [-- --quick | --from results.json] [--remarks "…"]`: measures, and writes docs/benchmarks.md with its
 * charts. `--quick` measures the bars only, in less than a minute, and writes nothing. `--from` writes the page anew from
 * the results of an earlier run.
 *
 * `npm run bench -- --only skeleton [--flags=--no-opt]`: plimsoll against one of competitors/index.ts, closed loops only;
 * `npm run bench -- --against ../other-checkout [--only components-1000]`: this build against the one of another checkout
 * (`npm run bench:build` there first). Both print, and write nothing.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { compare } from './compare.ts';
import { full, quick } from './plan.ts';
import { barsOf } from './report/bars.ts';
import { chartsOf } from './report/charts.ts';
import { pageOf } from './report/page.ts';
import { columns } from './report/text.ts';
import { measureAll, type Results } from './results.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    from: { type: 'string' },
    only: { type: 'string' },
    against: { type: 'string' },
    flags: { type: 'string', default: '' },
    remarks: { type: 'string' },
  },
});

if (values.only !== undefined || values.against !== undefined) {
  console.log(await compare(values.only, values.against, values.flags.split(' ').filter(Boolean)));
  process.exit();
}

const RESULTS = 'test/bench/results';
const began = performance.now();
const say = (what: string): void => {
  process.stderr.write(`${((performance.now() - began) / 1_000).toFixed(0).padStart(4)} s  ${what}\n`);
};

const results: Results =
  values.from === undefined
    ? await measureAll(values.quick ? quick : full, say)
    : JSON.parse(readFileSync(values.from, 'utf8'));
const bars = barsOf(results);
console.log(columns(bars.map(({ what, asked, measured, met }) => [what, asked, measured, met ? 'met' : 'MISSED'])));
if (!values.quick) {
  const tuning = readFileSync(`${RESULTS}/tuning.md`, 'utf8');
  mkdirSync('docs/benchmarks', { recursive: true });
  writeFileSync('docs/benchmarks.md', pageOf(results, { tuning, remarks: values.remarks }));
  for (const [name, svg] of chartsOf(results)) writeFileSync(`docs/benchmarks/${name}`, svg);
  if (values.from === undefined) writeFileSync(`${RESULTS}/latest.json`, `${JSON.stringify(results, undefined, 1)}\n`);
}
say(`done; ${bars.filter(({ met }) => !met).length} of ${bars.length} bars missed`);
