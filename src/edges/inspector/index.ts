export { type InspectOptions, type Inspector, inspect } from './inspect.ts';
export type { AuditEntry } from './protocol.ts';
export type { Reveal } from './reveal.ts';
