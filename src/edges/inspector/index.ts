export { type InspectOptions, type Inspector, inspect } from './inspect.ts';
export type { AuditEntry } from './protocol.ts';
export type { Reveal } from './reveal.ts';
export {
  type ForeignOptions,
  type ServedInspection,
  type ServeOptions,
  type StatelyAdapter,
  type StatelyInspection,
  serveStately,
  statelyInspection,
} from './stately.ts';
export type { StatelyEvent } from './stately-emitter.ts';
export { type XStateInspectionOptions, xstateInspection } from './xstate4.ts';
