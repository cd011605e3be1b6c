import { assign, setup } from 'xstate';
import type { ComponentShape } from './component-parameters.ts';

/** Events of the model: those of the real machine, what changes the component table, what happens around it, and its clock. */
export type ComponentModelEvent =
  | { readonly type: 'component.drain' | 'component.resume' | 'component.recover' }
  | { readonly type: 'component.fail'; readonly ejected?: boolean }
  | { readonly type: 'probe.good' | 'probe.bad' | 'probe.inconclusive' }
  /** Ten executions have succeeded since it recovered. */
  | { readonly type: 'component.proven' }
  /** `taken`: slots in use afterwards. */
  | { readonly type: 'load.available' | 'load.busy' | 'load.overloaded' | 'work.finished'; readonly taken: number }
  | { readonly type: 'request.assign' | 'request.released'; readonly taken: number }
  /** Its provider refuses a call; `taken`: slots in use afterwards, where it was one of those. */
  | { readonly type: 'component.rest'; readonly taken?: number }
  /** The call after a rest is taken. */
  | { readonly type: 'rest.over' }
  /** The component's actor crashes and is restarted. */
  | { readonly type: 'actor.crashed' }
  | {
      readonly type:
        | 'xstate.after.cooldown.component.failed.isolated'
        | 'xstate.after.rampStep.component.operational.ramp.warming'
        | 'xstate.after.rest.component.operational.rate.resting';
    };

/** Events of the model that the real machine's statechart never sees: its ledger, and its supervisor do. */
export const AROUND_THE_CHART: readonly string[] = ['request.assign', 'request.released', 'actor.crashed'];

export interface ComponentModelContext {
  readonly shape: ComponentShape;
  readonly start: 'new' | 'joining' | 'restarted' | 'drained';
  /** Slots in use. */
  readonly taken: number;
  /** k: failures in a row. */
  readonly k: number;
  readonly goodProbes: number;
  readonly requiresProbes: boolean;
  /** It was outlier detection that failed it. */
  readonly ejected: boolean;
  /** What its provider asked for is not over. */
  readonly rests: boolean;
  /** How far its slow start is. */
  readonly lap: number;
  /** What must have been told so far: failovers with the work they moved and awaited, refused commands. */
  readonly failovers: number;
  readonly rerouted: number;
  readonly awaited: number;
  readonly refused: number;
}

const TO_RECOVER = 3;
const takenOf = (event: ComponentModelEvent, before: number): number =>
  'taken' in event ? (event.taken ?? before) : before;

/**
 * The five states of a component as docs/guide/statecharts.md draws them, as a plain statechart: no table, no clock, no
 * messages. Paths are generated from it, and the real machine must follow each of them.
 */
export const componentModelMachine = setup({
  types: {
    input: {} as { readonly shape: ComponentShape },
    context: {} as ComponentModelContext,
    events: {} as ComponentModelEvent,
  },
  delays: { cooldown: 1, rampStep: 1, rest: 1 },
  guards: {
    isRestarted: ({ context }) => context.start === 'restarted',
    startsDrained: ({ context }) => context.start === 'drained',
    startsWarming: ({ context: { start, shape } }) => start === 'joining' && shape.warmNew,
    warmsUp: ({ context: { shape } }) => shape.warmNew,
    isOverloaded: ({ context: { shape, taken } }) => shape.bandOf(taken) === 'overloaded',
    isBusy: ({ context: { shape, taken } }) => shape.bandOf(taken) === 'busy',
    isIdle: ({ context, event }) => takenOf(event, context.taken) === 0,
    isRamped: ({ context: { shape, lap } }) => lap >= shape.laps,
    isLastProbe: ({ context }) => context.goodProbes >= TO_RECOVER - 1,
    requiresProbes: ({ context }) => context.requiresProbes,
    mustRest: ({ context }) => context.rests,
  },
  actions: {
    noteTaken: assign({ taken: ({ context, event }) => takenOf(event, context.taken) }),
    failOver: assign(({ context: { shape, taken, failovers, rerouted, awaited } }) => ({
      taken: shape.keptOf(taken),
      rests: false,
      failovers: failovers + 1,
      rerouted: rerouted + taken - shape.keptOf(taken),
      awaited: awaited + shape.keptOf(taken),
    })),
    markEjected: assign({ ejected: ({ event }) => 'ejected' in event && event.ejected === true }),
    notEjected: assign({ ejected: false }),
    refuse: assign({ refused: ({ context }) => context.refused + 1 }),
    countFailure: assign({ k: ({ context, event }) => context.k + (event.type === 'probe.inconclusive' ? 0 : 1) }),
    recover: assign({ goodProbes: 0, requiresProbes: false }),
    forgetFailures: assign({ k: 0 }),
    countGoodProbe: assign({ goodProbes: ({ context }) => context.goodProbes + 1 }),
    clearProbes: assign({ goodProbes: 0 }),
    requireProbes: assign({ requiresProbes: true }),
    clearProbeDebt: assign({ requiresProbes: false }),
    beginRest: assign({ rests: true, taken: ({ context, event }) => takenOf(event, context.taken) }),
    endRest: assign({ rests: false }),
    beginRamp: assign({ lap: 0 }),
    nextLap: assign({ lap: ({ context }) => context.lap + 1 }),
    restart: assign({ start: 'restarted', goodProbes: 0, requiresProbes: false, ejected: false }),
    restartDrained: assign({ start: 'drained', goodProbes: 0, requiresProbes: true, ejected: false }),
  },
}).createMachine({
  id: 'component',
  context: ({ input: { shape } }) => ({
    shape,
    start: 'new',
    taken: 0,
    k: 0,
    goodProbes: 0,
    requiresProbes: false,
    ejected: false,
    rests: false,
    lap: 0,
    failovers: 0,
    rerouted: 0,
    awaited: 0,
    refused: 0,
  }),
  initial: 'entering',
  on: {
    'request.assign': { actions: 'noteTaken' },
    'request.released': { actions: 'noteTaken' },
    'actor.crashed': { target: '.entering', actions: ['failOver', 'restart'] },
  },
  states: {
    entering: {
      always: [
        { guard: 'isRestarted', target: 'failed.isolated' },
        { guard: 'startsDrained', target: 'maintenance.drained' },
        { guard: 'startsWarming', target: '#component.operational.ramp.warming', actions: 'beginRamp' },
        { target: 'operational' },
      ],
    },
    operational: {
      type: 'parallel',
      entry: 'notEjected',
      on: {
        'component.fail': { target: 'failed.isolated', actions: ['markEjected', 'failOver'] },
        'component.drain': { target: 'maintenance.draining', actions: 'clearProbeDebt' },
        'component.resume': { actions: 'refuse' },
        'component.recover': { actions: 'refuse' },
        'component.proven': { actions: 'forgetFailures' },
      },
      states: {
        load: {
          initial: 'gauging',
          states: {
            gauging: {
              always: [
                { guard: 'isOverloaded', target: 'overloaded' },
                { guard: 'isBusy', target: 'busy' },
                { target: 'available' },
              ],
            },
            available: {
              on: {
                'load.busy': { target: 'busy', actions: 'noteTaken' },
                'load.overloaded': { target: 'overloaded', actions: 'noteTaken' },
              },
            },
            busy: {
              on: {
                'load.available': { target: 'available', actions: 'noteTaken' },
                'load.overloaded': { target: 'overloaded', actions: 'noteTaken' },
              },
            },
            overloaded: {
              on: {
                'load.available': { target: 'available', actions: 'noteTaken' },
                'load.busy': { target: 'busy', actions: 'noteTaken' },
              },
            },
          },
        },
        ramp: {
          initial: 'steady',
          states: {
            steady: {},
            warming: {
              always: { guard: 'isRamped', target: 'steady' },
              after: { rampStep: { target: 'warming', reenter: true, actions: 'nextLap' } },
            },
          },
        },
        rate: {
          initial: 'asking',
          states: {
            asking: { always: [{ guard: 'mustRest', target: 'resting' }, { target: 'open' }] },
            open: { on: { 'component.rest': { target: 'resting', actions: 'beginRest' } } },
            resting: {
              on: { 'component.rest': { target: 'resting', reenter: true, actions: 'beginRest' } },
              after: { rest: { target: 'reopening', actions: 'endRest' } },
            },
            reopening: {
              on: { 'component.rest': { target: 'resting', actions: 'beginRest' }, 'rest.over': 'open' },
            },
          },
        },
      },
    },
    maintenance: {
      initial: 'draining',
      on: {
        'component.drain': { actions: 'refuse' },
        'component.recover': { actions: 'refuse' },
        'component.resume': [
          { guard: 'requiresProbes', target: 'failed.probing', actions: 'clearProbes' },
          { guard: 'warmsUp', target: '#component.operational.ramp.warming', actions: 'beginRamp' },
          { target: 'operational' },
        ],
        'actor.crashed': { target: 'entering', actions: ['failOver', 'restartDrained'] },
      },
      states: {
        draining: {
          always: { guard: 'isIdle', target: 'drained' },
          on: {
            'work.finished': { guard: 'isIdle', target: 'drained', actions: 'noteTaken' },
            'component.fail': { target: 'drained', actions: ['requireProbes', 'failOver'] },
          },
        },
        drained: { on: { 'component.fail': { actions: 'refuse' } } },
      },
    },
    failed: {
      initial: 'isolated',
      on: {
        'component.drain': { target: 'maintenance.draining', actions: 'requireProbes' },
        'component.resume': { actions: 'refuse' },
      },
      states: {
        isolated: {
          entry: ['countFailure', 'clearProbes'],
          after: { cooldown: 'probing' },
          on: {
            'component.recover': 'probing',
            'component.fail': { actions: 'refuse' },
          },
        },
        probing: {
          on: {
            'probe.good': [
              {
                guard: 'isLastProbe',
                target: '#component.operational.ramp.warming',
                actions: ['recover', 'beginRamp'],
              },
              { actions: 'countGoodProbe' },
            ],
            'probe.bad': 'isolated',
            'probe.inconclusive': 'isolated',
            'component.fail': { target: 'isolated', actions: 'markEjected' },
            'component.recover': { actions: 'refuse' },
          },
        },
      },
    },
  },
});
