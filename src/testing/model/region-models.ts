import { type AnyMachineSnapshot, assign, setup } from 'xstate';
import type { ActiveAlgorithm } from '../../domain/algorithm.ts';
import { ALL_ALGORITHMS, PLAIN, type RegionEvent, type RegionModel, type RegionStart } from './region-model.ts';

interface Context {
  readonly start: RegionStart;
  readonly refused: number;
}

const types = { input: {} as { readonly start: RegionStart }, context: {} as Context, events: {} as RegionEvent };
const actions = {
  refuse: assign<Context, RegionEvent, undefined, RegionEvent, never>({
    refused: ({ context }) => context.refused + 1,
  }),
};
const context = ({ input: { start } }: { input: { readonly start: RegionStart } }): Context => ({ start, refused: 0 });

const isIn = (state: AnyMachineSnapshot, region: string, name: string): boolean =>
  state.matches({ active: { [region]: name } });

const dispatchMachine = setup({
  types: { ...types, context: {} as Context & { readonly draining: boolean } },
  actions: {
    refuse: assign({ refused: ({ context: { refused } }) => refused + 1 }),
    drain: assign({ draining: true }),
  },
}).createMachine({
  id: 'balancer',
  context: ({ input: { start } }) => ({ start, refused: 0, draining: false }),
  initial: 'active',
  states: {
    active: {
      type: 'parallel',
      on: { 'around.stop': { actions: 'drain' } },
      states: {
        dispatch: {
          initial: 'flowing',
          states: {
            flowing: {
              on: {
                'balancer.pause': [
                  { guard: ({ context: { draining } }) => draining, actions: 'refuse' },
                  { target: 'paused' },
                ],
                'balancer.resume': { actions: 'refuse' },
              },
            },
            paused: {
              on: {
                'balancer.resume': 'flowing',
                'balancer.stop': { target: 'flowing', actions: 'drain' },
                'balancer.pause': { actions: 'refuse' },
              },
            },
          },
        },
      },
    },
  },
});

export const dispatchModel: RegionModel = {
  name: 'dispatch',
  machine: dispatchMachine,
  starts: [PLAIN],
  offers: (state) => [
    { type: 'balancer.pause', deed: 'pause' },
    { type: 'balancer.resume', deed: 'resume' },
    ...(isIn(state, 'dispatch', 'paused')
      ? [{ type: 'balancer.stop', deed: 'stopDraining' } as const]
      : Reflect.get(state.context, 'draining') === true
        ? []
        : [{ type: 'around.stop', deed: 'stopDraining' } as const]),
  ],
};

const pressureMachine = setup({ types }).createMachine({
  id: 'balancer',
  context,
  initial: 'active',
  states: {
    active: {
      type: 'parallel',
      states: {
        pressure: {
          initial: 'normal',
          on: { 'pressure.normal': '.normal', 'pressure.high': '.high', 'pressure.shedding': '.shedding' },
          states: { normal: {}, high: {}, shedding: {} },
        },
      },
    },
  },
});

export const pressureModel: RegionModel = {
  name: 'pressure',
  machine: pressureMachine,
  starts: [PLAIN],
  offers(state) {
    const shed = { type: 'pressure.shedding', deed: 'shed' } as const;
    const unload = { type: 'pressure.normal', deed: 'unload' } as const;
    if (isIn(state, 'pressure', 'normal')) return [{ type: 'pressure.high', deed: 'load' }, shed];
    return isIn(state, 'pressure', 'high') ? [unload, shed] : [unload, { type: 'pressure.high', deed: 'calm' }];
  },
};

/** What is wrong with the fleet; the worst of it is what the region shows. */
interface Wrong {
  readonly big: boolean;
  readonly small: boolean;
  readonly moving: boolean;
}

const levelOf = ({ big, small, moving }: Wrong): string =>
  big ? 'down' : small ? 'degraded' : moving ? 'rerouting' : 'steady';

const AFTER: Readonly<Partial<Record<RegionEvent['deed'], Partial<Wrong>>>> = {
  failBig: { big: true },
  recoverBig: { big: false },
  failSmall: { small: true },
  recoverSmall: { small: false },
  move: { moving: true },
  moved: { moving: false },
};

const failoverMachine = setup({
  types: { ...types, context: {} as Context & Wrong },
  actions: { note: assign(({ event }) => AFTER[event.deed] ?? {}) },
}).createMachine({
  id: 'balancer',
  context: ({ input: { start } }) => ({ start, refused: 0, big: false, small: false, moving: false }),
  initial: 'active',
  states: {
    active: {
      type: 'parallel',
      on: { 'around.changed': { actions: 'note' } },
      states: {
        failover: {
          initial: 'steady',
          on: {
            'failover.steady': { target: '.steady', actions: 'note' },
            'failover.rerouting': { target: '.rerouting', actions: 'note' },
            'failover.degraded': { target: '.degraded', actions: 'note' },
            'failover.down': { target: '.down', actions: 'note' },
          },
          states: { steady: {}, rerouting: {}, degraded: {}, down: {} },
        },
      },
    },
  },
});

export const failoverRegionModel: RegionModel = {
  name: 'failover',
  machine: failoverMachine,
  starts: [PLAIN],
  offers(state) {
    const { big, small, moving }: Wrong = state.context;
    const now = { big, small, moving };
    const deeds = [
      big ? 'recoverBig' : 'failBig',
      small ? 'recoverSmall' : 'failSmall',
      moving ? 'moved' : 'move',
    ] as const;
    return deeds.map((deed) => {
      const level = levelOf({ ...now, ...AFTER[deed] });
      return { type: level === levelOf(now) ? 'around.changed' : `failover.${level}`, deed };
    });
  },
};

/** `round-robin` as a state: `roundRobin`. */
const stateOf = (algorithm: ActiveAlgorithm): string =>
  algorithm.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

const algorithmMachine = setup({
  types,
  guards: {
    selects: ({ event, context: { start } }, algorithm: ActiveAlgorithm) =>
      event.deed === `select ${algorithm}` && (algorithm !== 'custom' || start.algorithm === 'custom'),
  },
  actions,
}).createMachine({
  id: 'balancer',
  context,
  initial: 'active',
  states: {
    active: {
      type: 'parallel',
      states: {
        algorithm: {
          initial: 'choosing',
          on: {
            'algorithm.select': [
              ...ALL_ALGORITHMS.map((algorithm) => ({
                guard: { type: 'selects' as const, params: algorithm },
                target: `.${stateOf(algorithm)}`,
              })),
              { actions: 'refuse' },
            ],
          },
          states: {
            choosing: {
              always: ALL_ALGORITHMS.map((algorithm) => ({
                guard: ({ context: { start } }: { context: Context }) => start.algorithm === algorithm,
                target: stateOf(algorithm),
              })),
            },
            ...Object.fromEntries(ALL_ALGORITHMS.map((algorithm) => [stateOf(algorithm), {}])),
          },
        },
      },
    },
  },
});

export const algorithmModel: RegionModel = {
  name: 'algorithm',
  machine: algorithmMachine,
  // only one that begins with a policy of the user's may come back to it, so that one meets every state
  starts: ALL_ALGORITHMS.toReversed().map((algorithm) => ({ ...PLAIN, algorithm })),
  offers: () =>
    [...ALL_ALGORITHMS, 'nonsense' as const].map((name) => ({
      type: 'algorithm.select',
      deed: `select ${name}` as const,
    })),
};

const childrenMachine = setup({ types, actions }).createMachine({
  id: 'balancer',
  context,
  initial: 'active',
  states: {
    active: { on: { 'xstate.error.actor.*': { actions: [] }, '*': { actions: 'refuse' } } },
  },
});

/** What the balancer hears in whatever state: that a child has crashed, and what it does not understand. */
export const childrenModel: RegionModel = {
  name: 'children',
  machine: childrenMachine,
  starts: [PLAIN],
  offers: () => [
    { type: 'xstate.error.actor.component:small', deed: 'crash' },
    { type: 'no.such.command', deed: 'sendNonsense' },
  ],
};
