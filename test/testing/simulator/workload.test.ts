import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/testing/seeded-random.ts';
import { arrivalsOf } from '../../../src/testing/simulator/arrivals.ts';
import { planOf } from '../../../src/testing/simulator/plan.ts';
import { RandomDraws } from '../../../src/testing/simulator/random-draws.ts';
import type { ScenarioInput } from '../../../src/testing/simulator/scenario.ts';
import { parseRows } from '../../../src/testing/simulator/trace.ts';

const scenario = (arrivals: ScenarioInput['arrivals'], changes: Partial<ScenarioInput> = {}): ScenarioInput => ({
  name: 'test',
  components: [{ id: 'a', capacity: 10 }],
  arrivals,
  warmUpMs: 0,
  durationMs: 1_000,
  ...changes,
});

function times(input: ScenarioInput, count: number, seed = 1, read?: (path: string) => string): number[] {
  const process = arrivalsOf(planOf(input, read), seededRandom(seed));
  return Array.from({ length: count }, () => process.next());
}

const within = (all: readonly number[], from: number, to: number): number =>
  all.filter((t) => t >= from && t < to).length;

describe('arrivals', () => {
  it('by Poisson come at their rate, with gaps as irregular as they should be', () => {
    const all = times(scenario({ process: 'poisson', perSecond: 100 }), 20_000);
    const gaps = all.slice(1).map((t, k) => t - all[k]!);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const sd = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    // four standard errors of the mean of 20,000 exponential gaps of 10 ms
    expect(Math.abs(mean - 10)).toBeLessThan(0.29);
    expect(Math.abs(sd / mean - 1)).toBeLessThan(0.05);
  });

  it('by load come as a share of what the fleet can do', () => {
    const plan = planOf(
      scenario(
        { process: 'poisson', load: 0.5 },
        {
          components: [
            { id: 'a', capacity: 10 },
            { id: 'b', capacity: 5, speed: 2 },
          ],
        },
      ),
    );
    expect(plan.capacityPerSecond).toBeCloseTo(200, 9);
    expect(plan.arrivalsPerSecond).toBeCloseTo(100, 9);
  });

  it('follow a profile', () => {
    const profile = [
      { atMs: 20_000, factor: 0 },
      { atMs: 10_000, factor: 3 },
      { atMs: 30_000, factor: 1 },
    ];
    const all = times(scenario({ process: 'poisson', perSecond: 100, profile }), 6_000);
    expect(Math.abs(within(all, 0, 10_000) - 1_000)).toBeLessThan(130);
    expect(Math.abs(within(all, 10_000, 20_000) - 3_000)).toBeLessThan(220);
    expect(within(all, 20_000, 30_000)).toBe(0);
    expect(within(all, 30_000, 40_000)).toBeGreaterThan(800);
  });

  it('end when a profile ends in nothing', () => {
    const profile = [{ atMs: 1_000, factor: 0 }];
    expect(times(scenario({ process: 'poisson', perSecond: 100, profile }), 300).at(-1)).toBe(Number.POSITIVE_INFINITY);
  });

  it('by MMPP have the mean of their states and more variance than Poisson', () => {
    const states = [
      { factor: 2.5, meanMs: 1_000 },
      { factor: 0.625, meanMs: 4_000 },
    ];
    const all = times(scenario({ process: 'mmpp', perSecond: 100, states }), 100_000);
    expect(Math.abs(100_000 / all.at(-1)! - 0.1)).toBeLessThan(0.015);
    const seconds = new Array<number>(900).fill(0);
    for (const at of all.slice(0, 99_000)) {
      const second = Math.floor(at / 1_000);
      if (second < seconds.length) seconds[second]!++;
    }
    const mean = seconds.reduce((sum, n) => sum + n, 0) / seconds.length;
    const variance = seconds.reduce((sum, n) => sum + (n - mean) ** 2, 0) / seconds.length;
    expect(variance / mean).toBeGreaterThan(10);
  });

  it('by a closed loop come from its clients alone', () => {
    expect(times(scenario({ process: 'closed', clients: 3 }), 1)).toEqual([Number.POSITIVE_INFINITY]);
  });
});

describe('a trace', () => {
  const csv = [
    'at,kind,ms',
    '"2024-01-01 00:00:00.000",FAST,1',
    '2024-01-01 00:00:01.000,"SLOW, really",3',
    '2024-01-01 00:00:03.000,FAST,2',
  ].join('\n');
  const replay = { process: 'trace' as const, file: 't.csv', columns: { time: 'at', type: 'kind', service: 'ms' } };
  const kinds = { requests: [{ type: 'FAST' }, { type: 'SLOW, really' }] };

  it('is replayed at its own speed, or at a load', () => {
    expect(times(scenario(replay, kinds), 4, 1, () => csv)).toEqual([0, 1_000, 3_000, Number.POSITIVE_INFINITY]);
    // 2 gaps in 3 s; at 2 a second it is three times as fast
    const faster = times(scenario({ ...replay, perSecond: 2 }, kinds), 3, 1, () => csv);
    expect(faster.map(Math.round)).toEqual([0, 333, 1_000]);
  });

  it('goes round from a place of its own for each seed', () => {
    const rounds = [1, 2, 3, 4, 5, 6].map((seed) =>
      times(scenario({ ...replay, rotate: true }, kinds), 4, seed, () => csv),
    );
    for (const round of rounds) {
      expect(round[0]).toBe(0);
      // once round is the span and one mean gap: 4.5 s
      expect(round[3]).toBe(4_500);
    }
    expect(new Set(rounds.map((round) => round[1])).size).toBeGreaterThan(1);
  });

  it('brings types, priorities and service times with it', () => {
    const rows = [
      { t: 0, type: 'SLOW', priority: 'high', a: 1, b: 2 },
      { t: 1, type: 'FAST', priority: '', a: 3, b: 0 },
    ];
    const plan = planOf(
      scenario(
        {
          process: 'trace',
          rows,
          unit: 's',
          columns: { time: 't', type: 'type', priority: 'priority', service: { a: 1, b: 10 } },
          serviceMeanMs: 120,
        },
        { requests: [{ type: 'FAST', priority: 'LOW' }, { type: 'SLOW' }] },
      ),
    );
    expect([...plan.trace!.serviceMs!]).toEqual([210, 30]);
    expect(plan.capacityPerSecond).toBeCloseTo(10_000 / 120, 9);
    const draws = new RandomDraws(plan, seededRandom(1));
    draws.next(0);
    expect([draws.kind, draws.cls, draws.fixedMs]).toEqual([1, 1, 210]);
    draws.next(1);
    expect([draws.kind, draws.fixedMs]).toEqual([0, 30]);
  });

  it('reads JSON lines and quoted CSV', () => {
    expect(parseRows('{"a":1}\n\n{"a":2}\n', 'x.jsonl')).toEqual([{ a: 1 }, { a: 2 }]);
    expect(parseRows('a,b\n"x ""y""",\n', 'x.csv')).toEqual([{ a: 'x "y"', b: '' }]);
    expect(() => parseRows('3', 'x.jsonl')).toThrow(/expected a JSON object/);
  });

  const columns = { time: 't', service: 's' };
  it.for([
    { rows: [{ t: 1, s: 1 }], columns, message: /at least two/ },
    { rows: [{ t: 1 }, { t: 1 }], columns: { time: 't' }, message: /all the same/ },
    { rows: [{ t: 1 }, { t: 'soon' }], columns: { time: 't' }, message: /row 2: .*number or a date.*"soon"/ },
    { rows: [{ t: 1 }, { t: '' }], columns: { time: 't' }, message: /row 2: .*number or a date/ },
    { rows: bothWith({ s: -1 }), columns, message: /service times of 0 or more/ },
    { rows: bothWith({ s: '' }), columns, message: /service times of 0 or more/ },
    { rows: bothWith({ ms: 1 }), columns, message: /no column is called "s": its rows have t, ms/ },
    { rows: bothWith({ s: 1 }), columns: { time: 'at' }, message: /no column is called "at"/ },
    { rows: bothWith({ s: 1, p: 'urgent' }), columns: { ...columns, priority: 'p' }, message: /CRITICAL.*"URGENT"/ },
    { rows: bothWith({ s: 1, k: 'CHAT' }), columns: { ...columns, type: 'k' }, message: /"CHAT".*only GENERAL/ },
  ])('that cannot be replayed is refused: $message', ({ rows, columns, message }) => {
    const input = scenario({ process: 'trace', rows: [...rows], columns });
    expect(() => planOf(input)).toThrow(message);
  });
});

function bothWith(cells: Record<string, unknown>): Record<string, unknown>[] {
  return [
    { t: 1, ...cells },
    { t: 2, ...cells },
  ];
}

describe('draws', () => {
  it('give kinds and classes their shares', () => {
    const plan = planOf(
      scenario(
        { process: 'poisson', perSecond: 1 },
        {
          requests: [
            { type: 'A', share: 3, priority: { CRITICAL: 1, LOW: 3 } },
            { type: 'B', share: 1, priority: 'HIGH' },
          ],
        },
      ),
    );
    const draws = new RandomDraws(plan, seededRandom(3));
    const counts = new Map<string, number>();
    for (let n = 0; n < 16_000; n++) {
      draws.next(undefined);
      const key = `${draws.kind}/${draws.cls}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['0/0', '0/3', '1/1']);
    expect(Math.abs(counts.get('0/0')! - 3_000)).toBeLessThan(200);
    expect(Math.abs(counts.get('1/1')! - 4_000)).toBeLessThan(220);
  });

  it('give each attempt a luck of its own', () => {
    const lucks = Array.from({ length: 5 }, (_, k) => RandomDraws.luck(0.25, k + 1));
    expect(lucks[0]).toBe(0.25);
    expect(new Set(lucks).size).toBe(5);
    expect(Math.max(...lucks)).toBeLessThan(1);
  });
});
