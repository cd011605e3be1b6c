import { describe, expect, it } from 'vitest';
import {
  type AnyActorLogic,
  type AnyActorRef,
  createActor,
  fromCallback,
  type InspectionEvent,
  type Snapshot,
} from 'xstate';
import { componentMachine } from '../../machines/component/component.machine.ts';
import { componentLogic } from '../../machines/component/index.ts';
import { parseComponent } from '../../src/domain/config.ts';
import type { ComponentInput } from '../../src/engine/membership/component-messages.ts';
import { ComponentTable, ServingState } from '../../src/fleet/component-table.ts';
import { Band } from '../../src/fleet/load-bands.ts';

type Inspect = (event: InspectionEvent) => void;

interface Begun {
  readonly actor: AnyActorRef;
  readonly table: ComponentTable;
  readonly reports: readonly unknown[];
}

type Given = Partial<ComponentInput> & { readonly highLoadThreshold?: number };

/** Starts a component actor of this logic over a table of its own, under a parent that notes what it reports. */
function begin(
  logic: AnyActorLogic,
  { highLoadThreshold = 0.7, ...given }: Given = {},
  taken = 0,
  inspect?: Inspect,
): Begun {
  const reports: unknown[] = [];
  const listening = fromCallback(({ receive }) => receive((event) => reports.push(event)));
  const parent = createActor(listening, inspect === undefined ? {} : { inspect }).start();
  const table = new ComponentTable({ onFreeChanged: () => {} }, { highLoadThreshold, overloadThreshold: 0.9 });
  const index = table.add(parseComponent({ id: 'prices', maxConcurrentTasks: 10, handler: () => 1 }));
  for (let k = 0; k < taken; k++) table.take(index);
  const input: ComponentInput = {
    id: 'prices',
    index,
    incarnation: 3,
    start: 'new',
    table,
    recovery: { baseDelayMs: 1_000, maxDelayMs: 60_000, jitter: 0.2, slowStartMs: 5_000, warmNew: false },
    random: () => 0.5,
    now: () => 42,
    parent,
    failures: 0,
    ...given,
  };
  const actor = createActor(logic, { parent, id: 'component:prices', input });
  expect(reports, 'before it is started').toEqual([]);
  actor.start();
  return { actor, table, reports };
}

const row = ({ table }: Begun): object => ({
  standing: table.servingState[0],
  since: table.servingStateSince[0],
  band: table.band[0],
  ramp: table.ramp[0],
  slots: table.slots[0],
  free: table.free[0],
});

const stateOf = ({ actor }: Begun): object => {
  const { value, context, status }: Snapshot<unknown> & { value?: unknown; context?: object } = actor.getSnapshot();
  return {
    value,
    status,
    context: { ...context, table: null, parent: null, random: null, now: null },
  };
};

describe('the first state of a component', () => {
  const cases: readonly (readonly [string, Given, number])[] = [
    ['new, nothing runs on it', {}, 0],
    ['new, its row is busy already', {}, 7],
    ['new, its row is overloaded already', {}, 10],
    ['new, thresholds at nothing', { highLoadThreshold: 0 }, 0],
    ['restarted after a crash', { start: 'restarted', failures: 2 }, 0],
    ['crashed in maintenance', { start: 'drained' }, 0],
  ];

  it.each(cases)('is the one its statechart leads to: %s', (_, given, taken) => {
    const charted = begin(componentMachine, given, taken);
    const begun = begin(componentLogic, given, taken);
    expect(stateOf(begun)).toEqual(stateOf(charted));
    expect(row(begun)).toEqual(row(charted));
    expect(begun.reports).toEqual(charted.reports);
    expect(begun.reports.length).toBeGreaterThan(0);
  });

  it('comes step by step where somebody watches', () => {
    const steps = (observed: boolean): number => {
      let count = 0;
      begin(componentLogic, { messagesObserved: observed }, 0, ({ type }) => {
        if (type === '@xstate.microstep') count++;
      });
      return count;
    };
    expect(steps(false)).toBe(0);
    expect(steps(true)).toBeGreaterThan(1);
  });

  it('is no other component’s: what one does from there changes the next one nothing', () => {
    const first = begin(componentLogic);
    first.actor.send({ type: 'component.fail', reason: 'broke' });
    const second = begin(componentLogic);
    expect(first.actor.getSnapshot().value).toEqual({ failed: 'isolated' });
    expect(second.actor.getSnapshot().value).toEqual({
      operational: { load: 'available', ramp: 'steady', rate: 'open' },
    });
    second.actor.send({ type: 'load.busy' });
    expect(second.table.band[0]).toBe(Band.busy);
    expect(first.table.servingState[0]).toBe(ServingState.isolated);
  });
});
