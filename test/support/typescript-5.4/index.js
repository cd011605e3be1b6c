import { createRequire } from 'node:module';

/** The compiler, as a file to run with node. */
export const tsc = createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
