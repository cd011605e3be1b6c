import type { WeightStep } from './run-of-case.ts';

/** Default range of weights. */
const MIN = 0.1;
const MAX = 5;

/** Share of the steps whose direction is not that of the component's step before. */
export function reversals(steps: readonly WeightStep[]): number {
  const last = new Map<string, { weight: number; up: boolean | undefined }>();
  let turned = 0;
  let all = 0;
  for (const { weights } of steps) {
    for (const [id, weight] of Object.entries(weights)) {
      const before = last.get(id);
      if (before === undefined) {
        last.set(id, { weight, up: undefined });
        continue;
      }
      if (weight === before.weight) continue;
      const up = weight > before.weight;
      all++;
      if (before.up !== undefined && before.up !== up) turned++;
      last.set(id, { weight, up });
    }
  }
  return all === 0 ? 0 : turned / all;
}

export const atRail = (weights: Readonly<Record<string, number>>): number =>
  Object.values(weights).filter((weight) => weight <= MIN + 1e-9 || weight >= MAX - 1e-9).length;

/** How far apart the values of one weight lie from an instant on, at most over the components. */
export function lateMoves(steps: readonly WeightStep[], fromMs: number): number {
  const low = new Map<string, number>();
  const high = new Map<string, number>();
  const before = new Map<string, number>();
  for (const { atMs, weights } of steps) {
    for (const [id, weight] of Object.entries(weights)) {
      if (atMs >= fromMs) {
        const values = [weight, before.get(id) ?? weight];
        low.set(id, Math.min(low.get(id) ?? weight, ...values));
        high.set(id, Math.max(high.get(id) ?? weight, ...values));
      }
      before.set(id, weight);
    }
  }
  return Math.max(0, ...[...high].map(([id, value]) => value - low.get(id)!));
}
