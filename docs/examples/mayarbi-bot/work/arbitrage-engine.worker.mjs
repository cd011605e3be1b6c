// Runs in a worker thread; piscina calls the default export. It brings its own loader for TypeScript, so it works
// whatever the process was started with: tsx, a test runner, or plain node.
import { tsImport } from 'tsx/esm/api';

/** @type {typeof import('./arbitrage-search.ts')} */
const { findCycles } = await tsImport('./arbitrage-search.ts', import.meta.url);

export default findCycles;
