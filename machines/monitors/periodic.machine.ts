import { type AnyActorRef, assign, sendTo, setup } from 'xstate';
import type { ResolvedSettings } from '../../src/domain/settings.ts';
import type { MonitorReport } from '../../src/engine/control/monitor-messages.ts';
import { inside } from '../../src/engine/inner-messages.ts';

export interface MonitorInput {
  /** Read anew at each cycle, since settings may change. */
  readonly settings: () => ResolvedSettings;
  readonly parent: AnyActorRef;
}

/**
 * A monitoring loop as a delayed-transition actor: `waiting --after(period)--> working --> waiting`. Working means
 * making one report from what it may read; the balancer acts on it.
 */
export function periodicMachine<TInput extends MonitorInput>(
  id: string,
  period: (settings: ResolvedSettings) => number,
  report: (input: TInput) => MonitorReport,
) {
  type Context = TInput & { readonly periodMs: number };
  type Event = { readonly type: 'period.changed' };
  return setup({
    types: { input: {} as TInput, context: {} as Context, events: {} as Event },
    delays: { period: ({ context }) => context.periodMs },
    actions: {
      notePeriod: assign(({ context }) => ({ ...context, periodMs: period(context.settings()) })),
      report: sendTo(
        ({ context }: { context: Context }): AnyActorRef => context.parent,
        ({ context }: { context: Context }) => inside(report(context)),
      ),
    },
  }).createMachine({
    id,
    context: ({ input }) => ({ ...input, periodMs: period(input.settings()) }),
    initial: 'waiting',
    on: { 'period.changed': { target: '.waiting', reenter: true, actions: 'notePeriod' } },
    states: {
      waiting: { after: { period: 'working' } },
      working: { entry: 'report', always: 'waiting' },
    },
  });
}
