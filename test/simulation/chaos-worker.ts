import { chaos } from '../../src/testing/chaos/chaos.ts';

/** What a worker answers to a seed. */
export interface SeedResult {
  readonly seed: number;
  readonly events: number;
  /** One line each. */
  readonly violations: readonly string[];
}

process.on('message', (seed: number) => {
  void chaos({ seed }).then(
    ({ events, violations }) => answer({ seed, events, violations: violations.map((v) => `${v.rule}: ${v.detail}`) }),
    (error: unknown) => answer({ seed, events: 0, violations: [`threw ${String(error)}`] }),
  );
});

function answer(result: SeedResult): void {
  process.send?.(result);
}
