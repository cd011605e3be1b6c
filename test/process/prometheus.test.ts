import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { RULES } from '../architecture/operations/rules.ts';
import { root } from '../architecture/source-tree.ts';

const missing =
  spawnSync('prometheus', ['--version']).status === 0
    ? undefined
    : 'prometheus is not installed (Debian package "prometheus")';
if (missing !== undefined) console.warn(`*** SKIPPED: a real Prometheus scrapes the demo. ${missing} ***`);

/** All is real here: processes, sockets, time. */
const PATIENCE_MS = 90_000;

async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  for (let k = 0; k < 200; k++) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    await wait(200);
  }
  throw new Error(`waited 40 s in vain for ${what}`);
}

function stopLater(child: ChildProcess): void {
  onTestFinished(async () => {
    if (child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The demo, with its metrics served. @returns their address. */
async function startDemo(): Promise<string> {
  const main = join(root, 'docs/examples/mayarbi-bot/main.ts');
  const args = ['--import', 'tsx', main, '--metrics', '0', '--rate', '100', '--duration', '80', '--fail', 'none'];
  const demo = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  stopLater(demo);
  let said = '';
  demo.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return until('the demo', async () => /Metrics: http:\/\/(\S+)\/metrics/.exec(said)?.[1]);
}

it.skipIf(missing !== undefined)(
  `a real Prometheus scrapes the demo, with the alert rules loaded${missing ? `: SKIPPED, ${missing}` : ''}`,
  { timeout: PATIENCE_MS },
  async () => {
    const target = await startDemo();
    const folder = await mkdtemp(join(tmpdir(), 'plimsoll-prometheus-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    const config = join(folder, 'prometheus.yml');
    const rules = join(root, 'docs/operations/alerts.yml');
    await writeFile(
      config,
      `global: { scrape_interval: 500ms, evaluation_interval: 500ms }
rule_files: [${JSON.stringify(rules)}]
scrape_configs:
  - job_name: demo
    static_configs: [{ targets: [${JSON.stringify(target)}] }]
`,
    );
    const port = await freePort();
    const prometheus = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    stopLater(prometheus);

    const ask = async (path: string): Promise<unknown> => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
      return ((await response.json()) as { data: unknown }).data;
    };
    const value = (query: string): Promise<number> =>
      until(query, async () => {
        const { result } = (await ask(`query?query=${encodeURIComponent(query)}`)) as {
          result: { value: [number, string] }[];
        };
        const text = result[0]?.value[1];
        return text === undefined || text === 'NaN' ? undefined : Number(text);
      });
    expect(await value('up{job="demo"} == 1')).toBe(1);
    expect(await value('sum(plimsoll_requests_submitted_total) > 100')).toBeGreaterThan(100);
    const p99 =
      'histogram_quantile(0.99, sum by (le) (rate(plimsoll_request_duration_seconds_bucket{outcome="completed"}[10s])))';
    expect(await value(p99)).toBeGreaterThan(0);
    expect(await value('sum(plimsoll_components)')).toBe(7);
    const rulesLoaded = await until('the rules', async () => {
      const { groups } = (await ask('rules')) as { groups: { rules: { health: string }[] }[] };
      const all = groups.flatMap((group) => group.rules);
      return all.length > 0 && all.every(({ health }) => health === 'ok') ? all.length : undefined;
    });
    expect(rulesLoaded).toBe(RULES.length);
  },
);

it('the example of an endpoint runs', { timeout: PATIENCE_MS }, async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', 'docs/examples/metrics-endpoint.ts'],
    { cwd: root },
  );
  expect(stdout).toBe('plimsoll_requests_submitted_total{type="other",priority="HIGH"} 50\n');
});
