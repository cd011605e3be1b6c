import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** For `npm run mutate`: only the tests of what is mutated. They are quick, and each mutant runs those that reach it. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  resolve: { tsconfigPaths: true },
  test: { include: ['test/{selection,learning,health,queue,requests}/**/*.test.ts'], testTimeout: 60_000 },
});
