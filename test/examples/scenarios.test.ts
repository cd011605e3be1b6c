import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ScenarioInput, simulate } from 'plimsoll/testing';
import { describe, expect, it } from 'vitest';
import { burstyTrace } from '../../docs/examples/scenarios/bursty-trace.ts';

const folder = fileURLToPath(new URL('../../docs/examples/scenarios/', import.meta.url));
const AZURE = fileURLToPath(new URL('../../../shared/data/azure_llm_code.csv', import.meta.url));
const readFile = (name: string): string => readFileSync(folder + name, 'utf8');
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

/** The same scenario in a tenth of the time: what happens in it comes ten times as soon. */
function shortened(scenario: ScenarioInput): ScenarioInput {
  return {
    ...scenario,
    warmUpMs: (scenario.warmUpMs ?? 0) / 10,
    durationMs: scenario.durationMs / 10,
    faults: (scenario.faults ?? []).map((fault) => ({
      ...fault,
      atMs: fault.atMs / 10,
      forMs: fault.forMs / 10,
      ...('periodMs' in fault ? { periodMs: fault.periodMs / 10 } : {}),
    })),
    windows: Object.fromEntries(
      Object.entries(scenario.windows ?? {}).map(([name, { fromMs, toMs }]) => [
        name,
        { fromMs: fromMs / 10, toMs: toMs / 10 },
      ]),
    ),
  };
}

describe('the ready scenarios', () => {
  it('are ten', () => {
    expect(names).toHaveLength(10);
  });

  it.for(names)('%s runs, and work gets done in it', async (name) => {
    const scenario: ScenarioInput = JSON.parse(readFile(name));
    const { runs } = await simulate(shortened(scenario), { seeds: [1], readFile });
    const [run] = runs;
    // what it says of itself, and what it came to
    expect(scenario.description).not.toBe('');
    expect(run!.total.outcomes.completed).toBeGreaterThan(50);
    expect(run!.total.goodput).toBeGreaterThan(name === 'overload.json' ? 0.4 : 0.85);
    // each fault is seen by the balancer or by its requests
    const status = Object.values(run!.states).flat();
    const seen = status.some(({ state }) => /^(failed|maintenance)/.test(state));
    const visible = (scenario.faults ?? []).some(({ kind }) => kind !== 'slow' && kind !== 'coldStart');
    expect(seen || !visible).toBe(true);
  });

  it('have the wallet manager down for as long as they say, and not until somebody asks it', async () => {
    const scenario: ScenarioInput = JSON.parse(readFile('wallet-manager-down.json'));
    const { runs } = await simulate(scenario, { seeds: [1], readFile });
    const wallet = (runs[0]!.states.wallet_manager ?? []).filter(({ atMs }) => atMs > 32_000 && atMs < 60_000);
    expect(wallet.map(({ state }) => state).filter((state) => state.startsWith('operational'))).toEqual([]);
    // 30 of the 80 s that count
    expect(runs[0]!.byType.WALLET_OPERATION!.goodput).toBeLessThan(0.75);
  });

  // a real trace, which is not part of the project
  it.skipIf(!existsSync(AZURE))('read a recorded trace by its columns', async () => {
    const { runs, arrivalsPerSecond } = await simulate(
      {
        name: 'recorded',
        components: [{ id: 'gpu', capacity: 40 }],
        arrivals: {
          process: 'trace',
          file: AZURE,
          columns: { time: 'TIMESTAMP', service: { ContextTokens: 0.1, GeneratedTokens: 15 } },
          serviceMeanMs: 100,
        },
        warmUpMs: 0,
        durationMs: 300_000,
      },
      { seeds: [1], readFile: (path) => readFileSync(path, 'utf8') },
    );
    // 8,819 requests in 3,436 s
    expect(arrivalsPerSecond).toBeCloseTo(2.57, 2);
    expect(runs[0]!.total.offered).toBeGreaterThan(100);
    expect(runs[0]!.total.goodput).toBe(1);
  });

  it('replay a made-up trace, which is as bursty as it says', () => {
    const csv = readFile('bursty-trace.csv');
    expect(csv).toBe(burstyTrace());
    const times = csv
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => Date.parse(line.split(',')[0] ?? ''));
    const gaps = times.slice(1).map((t, k) => t - times[k]!);
    const span = times.at(-1)! - times[0]!;
    const [mean, , cv] = momentsOf(gaps);
    expect(mean).toBeCloseTo(span / gaps.length, 6);
    expect(cv).toBeCloseTo(10.7, 1);
    const [perMinute, variance] = momentsOf(countsOf(times, 60_000));
    expect(variance / perMinute).toBeCloseTo(146, 0);
    expect(Math.max(...countsOf(times, 1_000)) / ((1_000 * times.length) / span)).toBeCloseTo(35, 0);
  });
});

function momentsOf(values: readonly number[]): readonly [mean: number, variance: number, cv: number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return [mean, variance, Math.sqrt(variance) / mean];
}

function countsOf(times: readonly number[], everyMs: number): number[] {
  const counts = new Array<number>(Math.floor((times.at(-1)! - times[0]!) / everyMs)).fill(0);
  for (const t of times) {
    const k = Math.floor((t - times[0]!) / everyMs);
    if (k < counts.length) counts[k]!++;
  }
  return counts;
}
