import { createRequire } from 'node:module';
import { WebSocket } from 'ws';

const require = createRequire(import.meta.url);

/** The package's own receiver expects a browser's WebSocket. */
globalThis.WebSocket ??= WebSocket;

/** `createWebSocketReceiver` of @xstate/inspect 0.8.0, on XState 4.38.3. */
export const { createWebSocketReceiver } = require('@xstate/inspect');

/** Versions that the tests assert they talk to. */
export const versions = {
  inspect: require('@xstate/inspect/package.json').version,
  xstate: require('xstate/package.json').version,
};
