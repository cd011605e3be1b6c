import { type FailoverPathsOptions, FailoverPlan } from './run-failover-paths.ts';
import type { CreateSystem } from './test-system.ts';

/** What the adapter needs of a test runner: vitest's `test`, `node:test`'s, or anything like them. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown;

/**
 * Registers one test for each generated path, and a last one that each declared transition was taken, for vitest
 * (`failoverTests(test, createSystem)`) or any runner with a `test(name, run)`.
 * @throws InvalidConfigError at once when the system is not valid.
 */
export function failoverTests(test: TestFunction, createSystem: CreateSystem, options?: FailoverPathsOptions): void {
  const plan = new FailoverPlan(createSystem, options);
  for (const path of plan.paths) {
    test(path.name, async () => {
      await path.run();
    });
  }
  test('the paths above take each transition that a component declares', async () => {
    const { paths, missing } = plan.report();
    // with a filter on the tests' names not all have run, and nothing follows
    if (paths < plan.paths.length || missing.length === 0) return;
    throw new Error(`Transitions that no path has taken:\n${missing.map((key) => `  - ${key}`).join('\n')}`);
  });
}
