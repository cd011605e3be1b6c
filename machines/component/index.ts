import type { ActorLogic, ActorSystem, EventObject, SnapshotFrom } from 'xstate';
import type { ComponentEvent, ComponentInput } from '../../src/engine/membership/component-messages.ts';
import { withFastPath } from '../fast-path.ts';
import { componentMachine } from './component.machine.ts';
import { componentHandlers } from './fast-path.ts';
import { initialAvailable } from './initial-state.ts';

type ComponentLogic = ActorLogic<
  SnapshotFrom<typeof componentMachine>,
  ComponentEvent,
  ComponentInput,
  // biome-ignore lint/suspicious/noExplicitAny: XState's own bound for "any system"
  ActorSystem<any>,
  EventObject
>;

/** The component actor: its statechart, with its slots on the fast path. */
export const componentLogic: ComponentLogic = withFastPath(componentMachine, componentHandlers, {
  begin: initialAvailable,
});
