export { type InspectOptions, type Inspector, inspect } from './edges/inspector/inspect.ts';
export type { AuditEntry } from './edges/inspector/protocol.ts';
export type { Reveal } from './edges/inspector/reveal.ts';
export {
  type ForeignOptions,
  type ServedInspection,
  type ServeOptions,
  type StatelyAdapter,
  type StatelyInspection,
  serveStately,
  statelyInspection,
} from './edges/inspector/stately.ts';
export type { StatelyEvent } from './edges/inspector/stately-emitter.ts';
export { type XStateInspectionOptions, xstateInspection } from './edges/inspector/xstate4.ts';
