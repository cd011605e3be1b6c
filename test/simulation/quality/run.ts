import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mustShow } from './bars.ts';
import { type Case, cases, TRACE } from './cases.ts';
import { heldOut, heldOutRows } from './held-out.ts';
import { barOf, count, type Findings, figureOf, markdownOf } from './markdown.ts';
import { ordinary } from './ordinary.ts';
import { ordinaryRows } from './ordinary-bars.ts';
import { runAll } from './pool.ts';
import { type Measured, measured, type Runs } from './rows.ts';
import type { Run } from './run-of-case.ts';
import type { Done, Job } from './worker.ts';

const HELP = `npm run quality                     all rows; writes docs/quality.md
npm run quality -- --quick          the two-minute subset; fails when a row is missed by more than chance explains
npm run quality -- --case REGEX     some cases
  --seeds N   in place of each case's own    --jobs N   processes (default: one per core)
  --resume FILE   keeps each finished run there, and does not repeat those that are: for the same code only`;

/** Four: with fewer, a 99 % interval is too wide to notice anything. */
const QUICK_SEEDS = 4;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    case: { type: 'string', default: '' },
    seeds: { type: 'string' },
    jobs: { type: 'string', default: String(Math.min(8, availableParallelism())) },
    resume: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const seedsOf = ({ seeds }: Case): number => Number(values.seeds ?? (values.quick ? QUICK_SEEDS : seeds));

/** @returns the exit code */
async function main(): Promise<number> {
  const pattern = new RegExp(values.case);
  const chosen = [...cases, ...heldOut, ...ordinary].filter(
    ({ id, quick }) => pattern.test(id) && (!values.quick || quick === true),
  );
  const skipped = chosen.filter(needsTrace).map(({ title }) => `${title}: there is no ${TRACE}`);
  const playable = chosen.filter((one) => !needsTrace(one));
  const started = performance.now();
  const { runs, requests, cpuMs } = await play(playable);
  const findings: Findings = {
    cases: playable.map((one) => ({ one, heldOut: heldOut.includes(one), rows: rowsOf(one, runs, playable) })),
    runs,
    seedsOf,
    skipped,
    requests,
    cpuMs,
  };
  tell(findings, (performance.now() - started) / 1000);
  if (!values.quick && values.case === '' && values.seeds === undefined) {
    writeFileSync(fileURLToPath(new URL('../../../docs/quality.md', import.meta.url)), markdownOf(findings));
  }
  const gross = findings.cases.flatMap(({ rows }) => rows.filter((one) => one.gross));
  return values.quick && gross.length > 0 ? 1 : 0;
}

const needsTrace = ({ scenario }: Case): boolean => scenario.arrivals.process === 'trace' && !existsSync(TRACE);

/** A row that looks at two cases is measured when both were run. */
function rowsOf({ id }: Case, runs: Runs, played: readonly Case[]): Measured[] {
  const wallet = id === 'routed-wallet-down' && !played.some((one) => one.id === 'routed');
  return wallet
    ? []
    : [...mustShow, ...heldOutRows, ...ordinaryRows]
        .filter(({ caseId }) => caseId === id)
        .map((row) => measured(row, runs));
}

async function play(played: readonly Case[]): Promise<{ runs: Runs; requests: number; cpuMs: number }> {
  const jobs: Job[] = played.flatMap((one) =>
    one.algorithms.flatMap((algorithm) =>
      Array.from({ length: seedsOf(one) }, (_, k) => ({ caseId: one.id, algorithm, seed: (one.firstSeed ?? 1) + k })),
    ),
  );
  const found = new Map<string, Run[]>();
  let done = 0;
  let requests = 0;
  let cpuMs = 0;
  const keep = ({ job, run, cpuMs: used }: Done): void => {
    const key = `${job.caseId} ${job.algorithm}`;
    found.set(
      key,
      [...(found.get(key) ?? []), run].sort((a, b) => Number(a.seed) - Number(b.seed)),
    );
    requests += run.simulated.requests;
    cpuMs += used;
    done++;
    if (done % Math.ceil(jobs.length / 10) === 0) say(`${done} of ${jobs.length} runs`);
  };
  const { resume } = values;
  const idOf = ({ caseId, algorithm, seed }: Job): string => `${caseId} ${algorithm} ${seed}`;
  const wanted = new Set(jobs.map(idOf));
  for (const earlier of resume === undefined ? [] : finishedIn(resume)) {
    if (wanted.delete(idOf(earlier.job))) keep(earlier);
  }
  await runAll(
    jobs.filter((job) => wanted.has(idOf(job))),
    Number(values.jobs),
    (one) => {
      if (resume !== undefined) appendFileSync(resume, `${JSON.stringify(one)}\n`);
      keep(one);
    },
  );
  return { runs: (caseId, algorithm) => found.get(`${caseId} ${algorithm}`) ?? [], requests, cpuMs };
}

const finishedIn = (file: string): Done[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    : [];

function tell(findings: Findings, seconds: number): void {
  for (const { one, rows } of findings.cases) {
    say(`\n${one.title}`);
    for (const each of rows) {
      const verdict = each.met ? 'met   ' : each.gross ? 'GROSS ' : 'missed';
      say(`  ${verdict} ${each.row.algorithm}: ${each.row.what}: ${figureOf(each)} (${barOf(each.row.bar)})`);
    }
  }
  for (const line of findings.skipped) say(`\nskipped: ${line}`);
  const rate = findings.requests / (findings.cpuMs / 1000);
  say(
    `\n${(findings.requests / 1e6).toFixed(1)} million requests in ${seconds.toFixed(0)} s, ${rate.toFixed(0)} per second of one core`,
  );
  say(count(findings.cases.flatMap(({ rows }) => rows)));
}

if (values.help) say(HELP);
else process.exitCode = await main();
