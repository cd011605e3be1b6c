import { type AnyActorRef, sendTo } from 'xstate';
import type { ComponentStatus } from '../../src/domain/component.ts';
import { inside } from '../../src/engine/inner-messages.ts';
import type { ComponentEvent, ComponentReport } from '../../src/engine/membership/component-messages.ts';
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
