import { type AnyMachineSnapshot, assign, setup } from 'xstate';
import { PLAIN, type RegionEvent, type RegionModel, type RegionStart } from './region-model.ts';

interface Context {
  readonly start: RegionStart;
  /** Open requests, 0 or 1. */
  readonly open: number;
  readonly refused: number;
}

const machine = setup({
  types: { input: {} as { readonly start: RegionStart }, context: {} as Context, events: {} as RegionEvent },
  delays: { storeTimeout: 1, drainTimeout: 1 },
  guards: {
    hasNoStore: ({ context }) => context.start.store === 'none',
    stopsAtOnce: ({ event }) => event.deed === 'stopNow',
    stopsSooner: ({ event }) => event.deed === 'stopSooner',
    // `work.drained` is told when the last of the open work settles
    isDrained: ({ context, event }) => context.open === 0 || event.deed === 'settle',
  },
  actions: {
    open: assign({ open: 1 }),
    close: assign({ open: 0 }),
    refuse: assign({ refused: ({ context }) => context.refused + 1 }),
  },
}).createMachine({
  id: 'balancer',
  context: ({ input: { start } }) => ({ start, open: 0, refused: 0 }),
  initial: 'active',
  states: {
    active: {
      type: 'parallel',
      on: { 'around.submit': { actions: 'open' }, 'around.settle': { actions: 'close' } },
      states: {
        phase: {
          initial: 'starting',
          states: {
            starting: {
              always: { guard: 'hasNoStore', target: 'running' },
              on: {
                'balancer.stop': 'draining',
                'xstate.done.actor.restore-state': 'running',
                'xstate.error.actor.restore-state': 'running',
              },
              after: { storeTimeout: 'running' },
            },
            running: { on: { 'balancer.stop': 'draining' } },
            draining: {
              initial: 'finishing',
              states: {
                finishing: {
                  always: [
                    { guard: 'stopsAtOnce', target: 'saving' },
                    { guard: 'isDrained', target: 'saving' },
                  ],
                  on: {
                    'work.drained': { guard: 'isDrained', target: 'saving' },
                    'balancer.stop': [
                      { guard: 'stopsAtOnce', target: 'saving' },
                      { guard: 'stopsSooner', target: 'finishing', reenter: true },
                      { actions: 'refuse' },
                    ],
                  },
                  after: { drainTimeout: 'saving' },
                },
                saving: {
                  entry: 'close',
                  on: {
                    'balancer.stop': { actions: 'refuse' },
                    'xstate.done.actor.save-state': '#balancer.stopped',
                    'xstate.error.actor.save-state': '#balancer.stopped',
                  },
                  after: { storeTimeout: '#balancer.stopped' },
                },
              },
            },
          },
        },
      },
    },
    stopped: { type: 'final' },
  },
});

const STOPS: readonly RegionEvent[] = [
  { type: 'balancer.stop', deed: 'stopDraining' },
  { type: 'balancer.stop', deed: 'stopNow' },
];

function offers(state: AnyMachineSnapshot): readonly RegionEvent[] {
  const { start, open }: Context = state.context;
  const phase = (name: string | object): boolean => state.matches({ active: { phase: name } });
  const work: RegionEvent =
    open === 0 ? { type: 'around.submit', deed: 'submit' } : { type: 'around.settle', deed: 'settle' };
  // without a store the state is saved, to nowhere, in no time: there is nothing to see between stop and end
  if (phase('running')) return start.store === 'none' ? [work] : [work, ...STOPS];
  if (phase('starting')) {
    return [
      ...(open === 0 ? [work] : []),
      ...STOPS,
      { type: 'xstate.done.actor.restore-state', deed: 'storeLoads' },
      { type: 'xstate.error.actor.restore-state', deed: 'storeFails' },
      { type: 'xstate.after.storeTimeout.balancer.active.phase.starting', deed: 'storeHangs' },
    ];
  }
  if (phase({ draining: 'finishing' })) {
    return [
      ...STOPS,
      { type: 'balancer.stop', deed: 'stopSooner' },
      { type: 'work.drained', deed: 'settle' },
      { type: 'xstate.after.drainTimeout.balancer.active.phase.draining.finishing', deed: 'drainTimesOut' },
    ];
  }
  if (!phase({ draining: 'saving' })) return [];
  return [
    ...STOPS,
    { type: 'xstate.done.actor.save-state', deed: 'storeSaves' },
    { type: 'xstate.error.actor.save-state', deed: 'storeFails' },
    { type: 'xstate.after.storeTimeout.balancer.active.phase.draining.saving', deed: 'storeHangs' },
  ];
}

export const phaseModel: RegionModel = { name: 'phase', machine, starts: [{ ...PLAIN, store: 'held' }, PLAIN], offers };
