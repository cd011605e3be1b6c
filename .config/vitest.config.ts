import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const TESTS = ['test/**/*.test.ts', 'docs/examples/**/*.test.ts'];
const EXCLUDED = ['test/bench/**', '**/node_modules/**', 'dist/**'];

/** Browsers, processes, compilers, long simulations, the example bot: what `npm run test:quick` leaves out. */
const SLOW = [
  'docs/examples/**/*.test.ts',
  'test/architecture/api-*.test.ts',
  'test/cli/**/*.test.ts',
  'test/docs/**/*.test.ts',
  'test/inspector/{assets,page,stately}.test.ts',
  'test/examples/**/*.test.ts',
  'test/process/**/*.test.ts',
  'test/simulation/**/*.test.ts',
  'test/testing/model/**/*.test.ts',
  'test/types/**/*.test.ts',
];

/** Files that put something in the place of a module, which others of the same worker would get too, or measure memory. */
const ALONE = [
  'test/inspector/safety.test.ts',
  'test/adapters/stores/file-store.test.ts',
  'test/adapters/workers/thread-worker.test.ts',
];

/** What takes longest, longest first, so that no worker is left alone with it at the end. */
const LONG = [
  'test/simulation/theory.test.ts',
  'test/inspector/page.test.ts',
  'test/testing/model/failover-paths.test.ts',
  'test/simulation/preset-failure.test.ts',
  'test/simulation/adaptive-concurrency.test.ts',
  'test/simulation/chaos.test.ts',
];

/** Project by project, since a worker starts anew for each; then as vitest orders files: by what they took the last time. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification): number => {
      if (project.name !== 'slow') return LONG.length + 1;
      const at = LONG.findIndex((path) => moduleId.endsWith(path));
      return at === -1 ? LONG.length : at;
    };
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rank(a) - rank(b) || b.project.name.localeCompare(a.project.name));
  }
}

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  // Examples are written as users write them: `from 'plimsoll'` is the source, by the paths of tsconfig.json.
  resolve: { tsconfigPaths: true },
  test: {
    testTimeout: 20_000,
    // vitest leaves a core to itself, of two every second
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    // Files of one worker share what they import, which takes longer than most of them run.
    projects: [
      { extends: true, test: { name: 'slow', isolate: false, include: SLOW, exclude: EXCLUDED } },
      {
        extends: true,
        test: { name: 'quick', isolate: false, include: TESTS, exclude: [...EXCLUDED, ...SLOW, ...ALONE] },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'machines/**/*.ts'],
      // What runs elsewhere than in the test process: the page in Chromium, commands and workers in processes of their own.
      exclude: [
        'src/cli/main.ts',
        'src/cli/top.ts',
        'src/cli/inspect.ts',
        'src/cli/simulation/worker.ts',
        'src/inspector/page/**',
      ],
      reporter: ['text-summary', 'json-summary', 'html'],
      reportsDirectory: 'coverage',
      thresholds: {
        lines: 95,
        functions: 95,
        statements: 95,
        branches: 88,
        'src/domain/**': { branches: 100 },
        'src/{selection,learning,health}/**': { branches: 100 },
      },
    },
  },
});
