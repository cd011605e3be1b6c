import { compareRuns } from '../../testing/simulator/comparison.ts';
import type { RunResult } from '../../testing/simulator/result.ts';
import type { SimulationReport } from '../../testing/simulator/simulate.ts';
import { decimal } from './number-format.ts';

/** Differences of goodput below this (0.05 points) decide nothing. */
const ALIKE = 0.0005;
/** They know what no balancer can, or mean nothing but a measure. */
const NO_CHOICE = ['oracle', 'random'];

/** Which algorithm suits a scenario best. */
export interface Verdict {
  readonly best: string;
  /** Those that these seeds cannot tell from the best. */
  readonly alike: readonly string[];
  /** The sentence that says so. */
  readonly text: string;
}

/**
 * The one with the lowest p99 among those whose goodput is the highest: work that is not done has no latency. Pairs of runs
 * under the same seed are compared, and a difference counts when its 95 % interval excludes none.
 * @returns undefined with fewer than two to choose from.
 */
export function verdictOf({ runs }: SimulationReport): Verdict | undefined {
  const choice = runs.filter(({ algorithm }) => !NO_CHOICE.includes(algorithm));
  const rows = compareRuns(choice);
  if (rows.length < 2) return undefined;
  const most = rows.reduce((a, b) => (b.total.goodput.mean > a.total.goodput.mean ? b : a)).algorithm;
  const good = against(choice, most).filter(
    ({ goodput }) => goodput.mean >= 1 - ALIKE || goodput.mean + (goodput.halfWidth ?? 0) >= 1,
  );
  const able = rows.filter(({ algorithm }) => good.some((one) => one.algorithm === algorithm));
  const winner = able.reduce((a, b) => (b.total.p99Ms.mean < a.total.p99Ms.mean ? b : a));
  const alike = against(choice, winner.algorithm)
    .filter(({ algorithm }) => algorithm !== winner.algorithm && able.some((one) => one.algorithm === algorithm))
    .filter(({ p99 }) => p99.halfWidth !== null && p99.mean - p99.halfWidth <= 1)
    .map(({ algorithm }) => algorithm);
  const { goodput, p99Ms } = winner.total;
  const said = `Best here: ${winner.algorithm} (goodput ${(100 * goodput.mean).toFixed(2)} %, p99 ${decimal(p99Ms.mean)} ms).`;
  const unsure =
    winner.seeds < 2
      ? ' One seed tells no luck from merit: play more.'
      : alike.length === 0
        ? ' These seeds tell it from all others.'
        : ` These seeds cannot tell it from ${alike.join(', ')}.`;
  return { best: winner.algorithm, alike, text: said + unsure };
}

/** Ratios of all to one of them, seed by seed. */
function against(runs: readonly RunResult[], first: string) {
  const one = runs.filter(({ algorithm }) => algorithm === first);
  const others = runs.filter(({ algorithm }) => algorithm !== first);
  const none = { mean: 1, halfWidth: 0 };
  return compareRuns([...one, ...others]).map(({ algorithm, ratio }) => ({
    algorithm,
    p99: ratio?.p99Ms ?? none,
    goodput: ratio?.goodput ?? none,
  }));
}
