// What it costs to import plimsoll from where this runs, beside bare Node: at most 200 ms and 28 MB for each entry, medians of nine
// in alternation. On a machine that is slow or busy, the measure of time is what is not ours: twice xstate and zod.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const RUNS = 9;
const [MOST_MS, MOST_MB, TIMES_OTHERS] = [200, 28, 2];

const { exports } = JSON.parse(readFileSync('node_modules/plimsoll/package.json', 'utf8'));
const entries = Object.keys(exports).filter((name) => !name.endsWith('.json'));
const others = ['xstate', 'zod'];
const names = ['bare', ...others, ...entries.map((name) => name.replace(/^\./, 'plimsoll'))];

/** A process of its own: ms that the import took, and the memory of the process, MB. */
function measure(name) {
  const code = `const began = performance.now(); ${name === 'bare' ? '' : `await import('${name}');`}
    console.log(JSON.stringify({ ms: performance.now() - began, mb: process.memoryUsage().rss / 2 ** 20 }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  if (stdout === '') throw new Error(`${name}: ${stderr}`);
  return JSON.parse(stdout);
}

const measured = new Map(names.map((name) => [name, []]));
for (let run = 0; run < RUNS; run++) for (const name of names) measured.get(name).push(measure(name));
const median = (name, key) =>
  measured
    .get(name)
    .map((one) => one[key])
    .sort((a, b) => a - b)[RUNS >> 1];

const othersMs = others.reduce((sum, name) => sum + median(name, 'ms'), 0);
const mostMs = Math.max(MOST_MS, TIMES_OTHERS * othersMs);
let over = false;
for (const name of names.slice(1)) {
  const ms = median(name, 'ms');
  const mb = median(name, 'mb') - median('bare', 'mb');
  const isOver = !others.includes(name) && (ms > mostMs || mb > MOST_MB);
  over ||= isOver;
  console.log(
    `${name}: ${ms.toFixed(0)} ms, ${mb.toFixed(1)} MB${isOver ? ` (at most ${mostMs.toFixed(0)} ms, ${MOST_MB} MB)` : ''}`,
  );
}
if (over) process.exitCode = 1;
