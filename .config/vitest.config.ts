import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  // Examples are written as users write them: `from 'plimsoll'` is the source, by the paths of tsconfig.json.
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/**/*.test.ts', 'docs/examples/**/*.test.ts'],
    exclude: ['test/bench/**', '**/node_modules/**', 'dist/**'],
    testTimeout: 20_000,
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
