/** What a histogram's `toJSON` gives; `null` where nothing was recorded. */
export interface HistogramSummary {
  readonly count: number;
  readonly clamped: number;
  readonly minMs: number | null;
  readonly meanMs: number | null;
  readonly maxMs: number | null;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  readonly p999Ms: number | null;
}
