import { type AnyActorRef, assign, sendTo, setup } from 'xstate';
import { inside } from '../../src/engine/inner-messages.ts';

export interface ProcessorInput {
  /** ms since the balancer's time 0. */
  readonly now: () => number;
  readonly parent: AnyActorRef;
}

export interface Context extends ProcessorInput {
  /** When the next timer is due (a deadline, a retry, a band timer, a check), ms since the balancer's time 0; Infinity for never. */
  readonly dueAt: number;
}

export interface Armed {
  readonly type: 'timer.set';
  readonly dueAt: number;
}

/**
 * The one timer behind the balancer's timing wheel. It fires when the next deadline, retry, band timer or check is due; the
 * balancer then advances the wheel, dispatches, and sets it anew.
 */
export const requestProcessorMachine = setup({
  types: { input: {} as ProcessorInput, context: {} as Context, events: {} as Armed },
  delays: { untilDue: ({ context }) => Math.max(0, context.dueAt - context.now()) },
  guards: { isNever: ({ event }) => event.dueAt === Number.POSITIVE_INFINITY },
  actions: {
    noteDue: assign({ dueAt: ({ event }) => event.dueAt }),
    wake: sendTo(
      ({ context }: { context: Context }): AnyActorRef => context.parent,
      ({ self }) => inside({ type: 'timer.fired', processor: self }),
    ),
  },
}).createMachine({
  id: 'request-processor',
  context: ({ input }) => ({ ...input, dueAt: Number.POSITIVE_INFINITY }),
  initial: 'working',
  on: {
    'timer.set': [
      { guard: 'isNever', target: '.idle', actions: 'noteDue' },
      { target: '.waiting', reenter: true, actions: 'noteDue' },
    ],
  },
  states: {
    idle: {},
    waiting: { after: { untilDue: 'working' } },
    working: { entry: 'wake' },
  },
});
