import type { ComponentInput } from '../../src/engine/membership/component-messages.ts';

export interface ComponentContext extends Omit<ComponentInput, 'messagesObserved'> {
  /** k: failures in a row. */
  readonly failures: number;
  /** Good probes in a row. */
  readonly goodProbes: number;
  /** Maintenance ends in `probing` rather than in `operational`. */
  readonly requiresProbes: boolean;
  readonly warmingSince: number;
  readonly reason: string;
}

/** Field by field: a spread of the input costs a component 4 µs. */
export const contextOf = (input: ComponentInput): ComponentContext => ({
  id: input.id,
  index: input.index,
  incarnation: input.incarnation,
  start: input.start,
  table: input.table,
  recovery: input.recovery,
  random: input.random,
  now: input.now,
  parent: input.parent,
  failures: input.failures,
  goodProbes: 0,
  // it crashed in maintenance: a failure, so that maintenance must not end in `operational` unprobed
  requiresProbes: input.start === 'drained',
  warmingSince: 0,
  reason: input.start === 'new' || input.start === 'joining' ? 'registered' : 'crashed',
});
