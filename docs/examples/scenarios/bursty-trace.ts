import { seededRandom } from 'plimsoll/testing';

/**
 * Arrivals as a language model's service sees them, made up: silence, then a burst. Their gaps have a coefficient of
 * variation of 10.7, their index of dispersion at 60 s is 146, the peak second is 35 times the mean; the Azure LLM
 * inference trace (code, 2023), which they imitate, has 13, 164 and 26. `trace-replay.json` replays them, from
 * `bursty-trace.csv`, which holds what this returns.
 */
export function burstyTrace(requests = 2_000, seed = 3): string {
  const random = seededRandom(seed);
  const exponential = (mean: number): number => -mean * Math.log1p(-random());
  /** Pareto: most are small, a few are not. */
  const heavy = (least: number, shape: number): number => least * (1 - random()) ** (-1 / shape);
  const rows = ['arrivedAt,model,priority,promptTokens,outputTokens'];
  let ms = Date.UTC(2026, 0, 5, 9);
  while (rows.length <= requests) {
    // a burst: so many requests a second for so long; then nobody
    const perSecond = Math.min(90, heavy(4, 0.9));
    for (let left = Math.min(240, heavy(3, 0.6)); left > 0 && rows.length <= requests; left--) {
      const chat = random() < 0.3;
      const prompt = Math.round(Math.min(7_500, heavy(chat ? 200 : 900, 1.1)));
      const output = Math.round(1 + exponential(chat ? 60 : 25));
      rows.push(`${new Date(ms).toISOString()},${chat ? 'CHAT' : 'CODE'},${chat ? 'HIGH' : ''},${prompt},${output}`);
      ms += Math.round(exponential(1_000 / perSecond));
    }
    ms += Math.round(Math.min(120_000, heavy(2_000, 0.9)));
  }
  return `${rows.join('\n')}\n`;
}
