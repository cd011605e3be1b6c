import { Piscina } from 'piscina';
import { describe, expect, it } from 'vitest';
import {
  createArbitrageEngine,
  SEARCH_WORKER_URL,
} from '../../../../docs/examples/mayarbi-bot/work/arbitrage-engine.ts';
import {
  findCycles,
  type SearchInput,
  type SearchResult,
} from '../../../../docs/examples/mayarbi-bot/work/arbitrage-search.ts';
import { OrderBooks } from '../../../../docs/examples/mayarbi-bot/work/order-books.ts';
import { type RateEdge, rateGraph } from '../../../../docs/examples/mayarbi-bot/work/rate-graph.ts';
import { parseTick } from '../../../../docs/examples/mayarbi-bot/work/tick.ts';
import { BadPayloadError } from '../../../../docs/examples/mayarbi-bot/work/work.ts';
import { seededRandom } from '../../../../src/testing/seeded-random.ts';
import { aborted, live } from './signals.ts';

const edge = (from: string, to: string, rate: number, capacity = 1000): RateEdge => ({
  from,
  to,
  rate,
  capacity,
  venue: 'baltic',
  pair: `${from}/${to}`,
});

const triangle = [edge('USD', 'EUR', 0.9), edge('EUR', 'GBP', 0.9, 450), edge('GBP', 'USD', 1.25)];

describe('findCycles', () => {
  it('finds a triangle whose rates multiply to more than 1, and what it earns', () => {
    const { cycles } = findCycles({ edges: triangle, minProfitBps: 0 });
    expect(cycles).toHaveLength(1);
    expect(cycles[0]?.legs.map((leg) => leg.pair)).toEqual(['EUR/GBP', 'GBP/USD', 'USD/EUR']);
    expect(cycles[0]).toMatchObject({ asset: 'EUR', amount: 450 });
    expect(cycles[0]?.profitBps).toBeCloseTo(125, 9);
    expect(cycles[0]?.profit).toBeCloseTo(450 * 0.0125, 9);
  });

  it('lets the tightest leg, seen from the start, decide the amount', () => {
    const edges = [edge('A', 'B', 2, 100), edge('B', 'C', 3, 60), edge('C', 'A', 0.2, 1000)];
    // 60 B are 30 A.
    expect(findCycles({ edges, minProfitBps: 0 }).cycles[0]?.amount).toBe(30);
  });

  it('finds nothing where there is nothing: fair rates, one way, an empty graph', () => {
    const values = { A: 1, B: 7, C: 0.3, D: 11_000 };
    const names = Object.keys(values) as (keyof typeof values)[];
    const fair = names.flatMap((from) =>
      names.flatMap((to) => (from === to ? [] : [edge(from, to, values[from] / values[to])])),
    );
    expect(findCycles({ edges: fair, minProfitBps: 0 }).cycles).toEqual([]);
    expect(findCycles({ edges: triangle.slice(0, 2), minProfitBps: 0 }).cycles).toEqual([]);
    expect(findCycles({ edges: [], minProfitBps: 0 })).toEqual({ cycles: [], nodes: 0, rounds: 1 });
  });

  it('finds cycles in parts of the graph that do not touch, the best first', () => {
    const edges = [...triangle, edge('X', 'Y', 2), edge('Y', 'X', 0.6), edge('P', 'Q', 2), edge('Q', 'P', 0.4)];
    const { cycles } = findCycles({ edges, minProfitBps: 0 });
    expect(cycles.map(({ asset }) => asset)).toEqual(['X', 'EUR']);
  });

  it('uses the best of parallel edges', () => {
    const edges = [
      { ...edge('X', 'Y', 1), venue: 'worse' },
      { ...edge('X', 'Y', 2), venue: 'better' },
      edge('Y', 'X', 0.6),
    ];
    expect(findCycles({ edges, minProfitBps: 0 }).cycles[0]?.legs[0]?.venue).toBe('better');
  });

  it('leaves out what earns too little', () => {
    expect(findCycles({ edges: triangle, minProfitBps: 126 }).cycles).toEqual([]);
    expect(findCycles({ edges: triangle, minProfitBps: 124 }).cycles).toHaveLength(1);
  });

  it('agrees with an exhaustive search on whether there is one, on random graphs', () => {
    const random = seededRandom('graphs');
    let found = 0;
    for (let run = 0; run < 300; run++) {
      const edges = randomGraph(random);
      const { cycles } = findCycles({ edges, minProfitBps: 0 });
      expect(cycles.length > 0).toBe(gains(edges));
      if (cycles.length > 0) found++;
      for (const { legs, profitBps } of cycles) {
        legs.forEach((leg, i) => {
          expect(leg.to).toBe(legs[(i + 1) % legs.length]?.from);
        });
        expect(new Set(legs.map((leg) => leg.from)).size).toBe(legs.length);
        expect(profitBps).toBeCloseTo((legs.reduce((product, leg) => product * leg.rate, 1) - 1) * 10_000, 6);
      }
    }
    expect(found).toBeGreaterThan(50);
    expect(found).toBeLessThan(250);
  });
});

describe('arbitrage engine', () => {
  it('finds a mispriced venue through books and rate graph', async () => {
    const books = new OrderBooks();
    books.apply(parseTick('baltic ETH/USDC 1 1 2999:2 3001:1'));
    books.apply(parseTick('caspian ETH/USDC 1 1 3060:0.5 3062:1'));
    const result = await createArbitrageEngine()({ edges: rateGraph(books.quotes(), 10), minProfitBps: 5 }, live);
    expect(result.cycles.map(({ legs }) => legs.map(({ venue, from, to }) => `${venue} ${from}>${to}`))).toEqual([
      ['caspian ETH>USDC', 'baltic USDC>ETH'],
    ]);
    expect(result.cycles[0]?.profitBps).toBeCloseTo(((3060 / 3001) * 0.999 * 0.999 - 1) * 10_000, 6);
    expect(result.cycles[0]?.amount).toBe(0.5);
  });

  it.each([
    ['no graph', undefined],
    ['a rate of 0', { edges: [edge('A', 'B', 0)], minProfitBps: 0 }],
    ['a rate of NaN', { edges: [edge('A', 'B', Number.NaN)], minProfitBps: 0 }],
    ['no least profit', { edges: [] }],
  ])('blames the caller for %s', (_name, payload) => {
    expect(() => createArbitrageEngine()(payload, live)).toThrow(BadPayloadError);
  });

  it('does not begin once nobody waits', () => {
    const search = (): SearchResult => expect.fail('searched');
    expect(() => createArbitrageEngine(search)({ edges: [], minProfitBps: 0 }, aborted)).toThrow('nobody waits');
  });

  it('gives the same in a worker thread', async () => {
    const pool = new Piscina<SearchInput, SearchResult>({ filename: SEARCH_WORKER_URL.href, maxThreads: 1 });
    try {
      const engine = createArbitrageEngine((input, { signal }) => pool.run(input, { signal }));
      const payload = { edges: triangle, minProfitBps: 0 };
      expect(await engine(payload, live)).toEqual(findCycles(payload));
    } finally {
      await pool.destroy();
    }
  });
});

/** Up to 6 assets with rates near fair ones. */
const randomGraph = (random: () => number): RateEdge[] => {
  const names = 'ABCDEF'.slice(0, 2 + Math.floor(random() * 5)).split('');
  return names.flatMap((from, i) =>
    names.flatMap((to, j) =>
      from === to || random() < 0.3 ? [] : [edge(from, to, 2 ** (i - j) * (0.94 + 0.08 * random()))],
    ),
  );
};

/** Tries every simple cycle. */
const gains = (edges: readonly RateEdge[]): boolean => {
  const walk = (start: string, at: string, product: number, seen: ReadonlySet<string>): boolean =>
    edges.some(({ from, to, rate }) => {
      if (from !== at) return false;
      if (to === start) return product * rate > 1 + 1e-9;
      return !seen.has(to) && walk(start, to, product * rate, new Set([...seen, to]));
    });
  return edges.some(({ from }) => walk(from, from, 1, new Set([from])));
};
