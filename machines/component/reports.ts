import { type AnyActorRef, sendTo } from 'xstate';
import type { ComponentStatus } from '../../src/domain/component.ts';
import { inside } from '../../src/engine/inner-messages.ts';
import type { ComponentEvent, ComponentReport } from '../../src/engine/membership/component-messages.ts';
import { RestState } from '../../src/fleet/component-table.ts';
import { Band } from '../../src/fleet/load-bands.ts';
import type { ComponentContext } from './context.ts';

/** What a component actor tells its balancer. */
export const report = (build: (context: ComponentContext, event: ComponentEvent) => ComponentReport) =>
  sendTo<ComponentContext, ComponentEvent, undefined, AnyActorRef, ComponentEvent>(
    ({ context }: { context: ComponentContext }) => context.parent,
    ({ context, event }: { context: ComponentContext; event: ComponentEvent }) => inside(build(context, event)),
  );

/** That it has entered a state. */
export const change = (
  { index, incarnation, reason, failures }: ComponentContext,
  status: ComponentStatus,
  state: string,
): ComponentReport => ({ type: 'component.stateReported', index, incarnation, status, state, reason, failures });

/** It has entered a state. */
export const changed = (status: ComponentStatus, state: string) => report((context) => change(context, status, state));

/** It has entered a load band: what shows, unless it rests. */
export const changedLoad = (status: ComponentStatus, state: string) =>
  report((context) => {
    const rest = context.table.restState[context.index];
    if (rest === RestState.open) return change(context, status, state);
    return change(context, 'Overloaded', rest === RestState.resting ? RESTING : REOPENING);
  });

const RESTING = 'operational.resting';
const REOPENING = 'operational.reopening';

export const rests = changed('Overloaded', RESTING);
export const reopens = changed('Overloaded', REOPENING);

/** It takes work again: its load band shows. */
export const reopened = report((context) => {
  const band = context.table.band[context.index];
  if (band === Band.available) return change(context, 'Available', 'operational.available');
  return band === Band.busy
    ? change(context, 'Busy', 'operational.busy')
    : change(context, 'Overloaded', 'operational.overloaded');
});

/** A command does not fit the state. */
export const refused = (state: string, reason: string) =>
  report(({ index, incarnation }, event) => ({
    type: 'component.commandRefused',
    index,
    incarnation,
    command: event.type,
    replyTo: 'replyTo' in event ? event.replyTo : undefined,
    state,
    reason,
  }));
