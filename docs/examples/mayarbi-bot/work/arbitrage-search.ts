import type { RateEdge } from './rate-graph.ts';

export interface SearchInput {
  readonly edges: readonly RateEdge[];
  /** Cycles that earn less than this are not worth their risk; basis points of the amount put in, 0 or more. */
  readonly minProfitBps: number;
}

/** A way round the graph that ends with more than it began with. */
export interface ArbitrageCycle {
  readonly legs: readonly RateEdge[];
  /** The asset it begins and ends with: the alphabetically first on the cycle, so that a cycle has one name. */
  readonly asset: string;
  /** (product of the rates − 1), in basis points. */
  readonly profitBps: number;
  /** The most that can go round at these rates, in units of `asset`: the tightest leg decides. */
  readonly amount: number;
  /** What `amount` earns, in units of `asset`. */
  readonly profit: number;
}

export interface SearchResult {
  /** Most profitable first; no two share an asset. */
  readonly cycles: readonly ArbitrageCycle[];
  readonly nodes: number;
  readonly rounds: number;
}

/**
 * Rounding makes cycles whose rates multiply to exactly 1 look negative by a few ulps of a logarithm; 1e-12 is far above
 * that and, at 1e-8 basis points, far below any profit.
 */
const NOISE = 1e-12;

/**
 * Finds arbitrage: a cycle whose rates multiply to more than 1 is a cycle of negative length when an edge is −log(rate)
 * long, and Bellman–Ford finds those (Cormen et al., Introduction to Algorithms, problem "Arbitrage" of the chapter on
 * single-source shortest paths). O(assets · edges). All distances start at 0, as if a source had an edge to every asset,
 * so that no part of the graph is missed.
 *
 * It shows some cycle for each part of the graph that has one, not the best of all: the most profitable *simple* cycle
 * is as hard to find as a Hamiltonian one.
 */
export const findCycles = ({ edges, minProfitBps }: SearchInput): SearchResult => {
  const graph = compact(edges);
  const size = graph.nodes.length;
  const distance = new Float64Array(size);
  const edgeInto = new Int32Array(size).fill(-1);
  let relaxed: number[] = [];
  let rounds = 0;
  do {
    relaxed = relax(graph, distance, edgeInto);
    rounds++;
  } while (relaxed.length > 0 && rounds < size);

  const cycles: ArbitrageCycle[] = [];
  const seen = new Set<number>();
  // Without negative cycles shortest paths have at most size − 1 edges, so round number `size` changes nothing.
  for (const node of rounds === size ? relaxed : []) {
    const legs = cycleBehind(node, graph, edgeInto, seen);
    if (legs === undefined) continue;
    const cycle = appraise(legs);
    if (cycle.profitBps > 0 && cycle.profitBps >= minProfitBps) cycles.push(cycle);
  }
  cycles.sort((a, b) => b.profitBps - a.profitBps);
  return { cycles, nodes: size, rounds };
};

interface Graph {
  readonly nodes: readonly string[];
  readonly edges: readonly RateEdge[];
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly length: Float64Array;
}

/** Numbers the assets and keeps the best of parallel edges: no cycle gains by a worse one. */
const compact = (edges: readonly RateEdge[]): Graph => {
  const index = new Map<string, number>();
  const best = new Map<string, RateEdge>();
  for (const edge of edges) {
    for (const asset of [edge.from, edge.to]) if (!index.has(asset)) index.set(asset, index.size);
    const key = `${edge.from}>${edge.to}`;
    const known = best.get(key);
    if (known === undefined || edge.rate > known.rate) best.set(key, edge);
  }
  const kept = [...best.values()];
  return {
    nodes: [...index.keys()],
    edges: kept,
    from: Int32Array.from(kept, (edge) => index.get(edge.from) ?? 0),
    to: Int32Array.from(kept, (edge) => index.get(edge.to) ?? 0),
    length: Float64Array.from(kept, (edge) => -Math.log(edge.rate)),
  };
};

/** One round over all edges; returns the nodes that got nearer. */
const relax = (graph: Graph, distance: Float64Array, edgeInto: Int32Array): number[] => {
  const nearer: number[] = [];
  for (let e = 0; e < graph.edges.length; e++) {
    const to = graph.to[e]!;
    const candidate = distance[graph.from[e]!]! + graph.length[e]!;
    if (candidate < distance[to]! - NOISE) {
      distance[to] = candidate;
      edgeInto[to] = e;
      nearer.push(to);
    }
  }
  return nearer;
};

/** Walks back from a node until it is on a cycle, then once round it; `undefined` when that cycle is known. */
const cycleBehind = (start: number, graph: Graph, edgeInto: Int32Array, seen: Set<number>): RateEdge[] | undefined => {
  let node = start;
  // As many steps as there are nodes lead from any tail into the cycle itself.
  for (let i = 0; i < graph.nodes.length; i++) {
    const edge = edgeInto[node]!;
    if (edge < 0) return undefined;
    node = graph.from[edge]!;
  }
  if (seen.has(node)) return undefined;
  const legs: RateEdge[] = [];
  do {
    seen.add(node);
    const edge = edgeInto[node]!;
    legs.push(graph.edges[edge]!);
    node = graph.from[edge]!;
  } while (!seen.has(node));
  return legs.reverse();
};

const appraise = (found: readonly RateEdge[]): ArbitrageCycle => {
  const asset = found.map((leg) => leg.from).sort()[0] ?? '';
  const start = found.findIndex((leg) => leg.from === asset);
  const legs = [...found.slice(start), ...found.slice(0, start)];
  let product = 1;
  let amount = Number.POSITIVE_INFINITY;
  for (const leg of legs) {
    amount = Math.min(amount, leg.capacity / product);
    product *= leg.rate;
  }
  return { legs, asset, profitBps: (product - 1) * 10_000, amount, profit: amount * (product - 1) };
};
