import type { EventObject, SnapshotFrom } from 'xstate';
import { inside } from '../../src/engine/inner-messages.ts';
import type { ComponentEvent, ComponentInput } from '../../src/engine/membership/component-messages.ts';
import { bandNow } from '../../src/fleet/component-bands.ts';
import { ServingState } from '../../src/fleet/component-table.ts';
import { Band } from '../../src/fleet/load-bands.ts';
import type { Scope } from '../fast-path.ts';
import { componentMachine } from './component.machine.ts';
import { contextOf } from './context.ts';
import { change } from './reports.ts';

type Snapshot = SnapshotFrom<typeof componentMachine>;

const AVAILABLE = { operational: { load: 'available', ramp: 'steady', rate: 'open' } } as const;
let available: Snapshot | undefined;

/**
 * The first state of a new component without load. The statechart's first three steps lead there; their result is computed
 * once for all components, since each time would cost 35 µs and 50 kB of garbage. The new row in the table already says
 * band available and no ramp.
 * @returns undefined for any other component: its statechart decides.
 */
export function initialAvailable(
  input: ComponentInput,
  scope: Scope<Snapshot, ComponentEvent, EventObject>,
): Snapshot | undefined {
  const { start, table, index } = input;
  const warms = start === 'joining' && input.recovery.warmNew;
  if (
    (start !== 'new' && start !== 'joining') ||
    warms ||
    input.messagesObserved === true ||
    bandNow(table, index) !== Band.available
  )
    return undefined;
  const context = contextOf(input);
  available ??= componentMachine.resolveState({ value: AVAILABLE, context });
  // as XState does with the actions of a first state: they wait until the actor has been started
  scope.defer(() => {
    table.setServingState(index, ServingState.operational, context.now());
    context.parent.send(inside(change(context, 'Available', 'operational.available')));
  });
  return { ...available, context, children: {}, historyValue: {} };
}
