export { type InspectOptions, type Inspector, inspect } from './inspector/inspect.ts';
export type { AuditEntry } from './inspector/protocol.ts';
export type { VisibleFields } from './inspector/server/redaction.ts';
export {
  type ForeignOptions,
  type ServedInspection,
  type ServeOptions,
  type StatelyAdapter,
  type StatelyInspection,
  serveStately,
  statelyInspection,
} from './inspector/stately/stately.ts';
export type { StatelyEvent } from './inspector/stately/stately-emitter.ts';
export { type XStateInspectionOptions, xstateInspection } from './inspector/stately/xstate4.ts';
