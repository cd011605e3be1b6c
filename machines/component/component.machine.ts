import { assign, setup } from 'xstate';
import type { ComponentEvent, ComponentInput } from '../../src/engine/membership/component-messages.ts';
import { bandNow } from '../../src/fleet/component-bands.ts';
import { RestState, ServingState } from '../../src/fleet/component-table.ts';
import { Band } from '../../src/fleet/load-bands.ts';
import { cooldownMs, rampAt } from '../../src/health/recovery.ts';
import { type ComponentContext, contextOf } from './context.ts';
import { changed, changedLoad, refused, reopened, reopens, report, rests } from './reports.ts';

const PROBES_TO_RECOVER = 3;
/** Steps of the slow start: often enough that no step doubles the share. */
const RAMP_STEPS = 20;

/** The five states of a component. Slots are counted in the component table; the statechart decides. */
export const componentMachine = setup({
  types: {
    input: {} as ComponentInput,
    context: {} as ComponentContext,
    events: {} as ComponentEvent,
  },
  delays: {
    cooldown: ({ context }) => cooldownMs(context.failures, context.recovery, context.random),
    rest: ({ context }) => Math.max(0, context.table.restsUntil[context.index]! - context.now()),
    rampStep: ({ context }) => context.recovery.slowStartMs / RAMP_STEPS,
  },
  guards: {
    isRestarted: ({ context }) => context.start === 'restarted',
    startsDrained: ({ context }) => context.start === 'drained',
    startsWarming: ({ context }) => context.start === 'joining' && context.recovery.warmNew,
    warmsUp: ({ context }) => context.recovery.warmNew,
    isOverloaded: ({ context }) => bandNow(context.table, context.index) === Band.overloaded,
    isBusy: ({ context }) => bandNow(context.table, context.index) === Band.busy,
    mustRest: ({ context }) => context.now() < context.table.restsUntil[context.index]!,
    isIdle: ({ context }) => context.table.taken[context.index] === 0,
    isRamped: ({ context }) => context.now() - context.warmingSince >= context.recovery.slowStartMs,
    isLastProbe: ({ context }) => context.goodProbes >= PROBES_TO_RECOVER - 1,
    requiresProbes: ({ context }) => context.requiresProbes,
  },
  actions: {
    setServingState: ({ context }, servingState: ServingState) =>
      context.table.setServingState(context.index, servingState, context.now()),
    setBand: ({ context }, band: Band) => context.table.setBand(context.index, band),
    setRestState: ({ context }, rest: RestState) => context.table.setRestState(context.index, rest),
    markEjected: ({ context, event }) => {
      context.table.ejected[context.index] = event.type === 'component.fail' && event.ejected === true ? 1 : 0;
      context.table.idempotentAt[context.index] = Number.NEGATIVE_INFINITY;
    },
    beginRamp: assign({ warmingSince: ({ context }) => context.now() }),
    raiseRamp: ({ context }) => {
      const elapsed = context.now() - context.warmingSince;
      context.table.setRamp(context.index, rampAt(elapsed, context.recovery.slowStartMs));
    },
    endRamp: ({ context }) => context.table.setRamp(context.index, 1),
    noteReason: assign({
      reason: ({ event, context }) => ('reason' in event ? (event.reason ?? event.type) : context.reason),
    }),
    noteLoad: assign({ reason: 'load' }),
    // a probe asks anew
    forgetRest: ({ context }) => {
      context.table.restsUntil[context.index] = 0;
    },
    noteRest: assign({ reason: 'rest over' }),
    noteTaken: assign({ reason: 'its call was taken' }),
    noteCooldown: assign({ reason: 'cooldown over' }),
    // a probe that proved nothing makes it no worse
    countFailure: assign({
      failures: ({ context, event }) => context.failures + (event.type === 'probe.inconclusive' ? 0 : 1),
    }),
    // its failures are forgotten by work, not by probes: a check may pass while all work fails
    recover: assign({ goodProbes: 0, requiresProbes: false, reason: 'recovered' }),
    forgetFailures: assign({ failures: 0 }),
    countGoodProbe: assign({ goodProbes: ({ context }) => context.goodProbes + 1 }),
    clearProbes: assign({ goodProbes: 0 }),
    requireProbes: assign({ requiresProbes: true }),
    clearProbeDebt: assign({ requiresProbes: false }),
    requestProbe: report(({ index, incarnation }) => ({ type: 'component.probeRequested', index, incarnation })),
    reportSlotsOpened: report(({ index, incarnation }) => ({ type: 'component.slotsOpened', index, incarnation })),
    startFailover: report(({ index, incarnation, reason }) => ({
      type: 'component.failoverRequested',
      index,
      incarnation,
      reason,
    })),
  },
}).createMachine({
  id: 'component',
  context: ({ input }) => contextOf(input),
  initial: 'entering',
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
      // what it did at a rest before a failure or maintenance is over
      entry: [
        { type: 'setRestState', params: RestState.open },
        { type: 'setServingState', params: ServingState.operational },
      ],
      on: {
        'component.fail': {
          target: 'failed.isolated',
          actions: ['noteReason', 'markEjected', 'forgetRest', 'startFailover'],
        },
        'component.drain': { target: 'maintenance.draining', actions: ['noteReason', 'clearProbeDebt'] },
        'component.resume': { actions: refused('operational', 'it is not in maintenance') },
        'component.recover': { actions: refused('operational', 'it has not failed') },
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
              entry: [{ type: 'setBand', params: Band.available }, changedLoad('Available', 'operational.available')],
              on: {
                'load.busy': { target: 'busy', actions: 'noteLoad' },
                'load.overloaded': { target: 'overloaded', actions: 'noteLoad' },
              },
            },
            busy: {
              entry: [{ type: 'setBand', params: Band.busy }, changedLoad('Busy', 'operational.busy')],
              on: {
                'load.available': { target: 'available', actions: 'noteLoad' },
                'load.overloaded': { target: 'overloaded', actions: 'noteLoad' },
              },
            },
            overloaded: {
              entry: [
                { type: 'setBand', params: Band.overloaded },
                changedLoad('Overloaded', 'operational.overloaded'),
              ],
              on: {
                'load.available': { target: 'available', actions: 'noteLoad' },
                'load.busy': { target: 'busy', actions: 'noteLoad' },
              },
            },
          },
        },
        ramp: {
          initial: 'steady',
          states: {
            steady: { entry: 'endRamp' },
            warming: {
              entry: ['raiseRamp', 'reportSlotsOpened'],
              always: { guard: 'isRamped', target: 'steady' },
              after: { rampStep: { target: 'warming', reenter: true } },
            },
          },
        },
        rate: {
          initial: 'asking',
          states: {
            // a rest outlasts maintenance
            asking: { always: [{ guard: 'mustRest', target: 'resting' }, { target: 'open' }] },
            open: {
              entry: { type: 'setRestState', params: RestState.open },
              on: { 'component.rest': { target: 'resting', actions: 'noteReason' } },
            },
            resting: {
              entry: [{ type: 'setRestState', params: RestState.resting }, rests],
              on: { 'component.rest': { target: 'resting', reenter: true, actions: 'noteReason' } },
              after: { rest: { target: 'reopening', actions: 'noteRest' } },
            },
            reopening: {
              entry: [{ type: 'setRestState', params: RestState.reopening }, reopens],
              on: {
                'component.rest': { target: 'resting', actions: 'noteReason' },
                'rest.over': { target: 'open', actions: ['noteTaken', reopened] },
              },
            },
          },
        },
      },
    },
    maintenance: {
      initial: 'draining',
      on: {
        'component.drain': { actions: refused('maintenance', 'it is in maintenance already') },
        'component.recover': { actions: refused('maintenance', 'it is in maintenance; resume it instead') },
        'component.resume': [
          { guard: 'requiresProbes', target: 'failed.probing', actions: ['noteReason', 'clearProbes'] },
          { guard: 'warmsUp', target: '#component.operational.ramp.warming', actions: ['noteReason', 'beginRamp'] },
          { target: 'operational', actions: 'noteReason' },
        ],
      },
      states: {
        draining: {
          entry: [
            { type: 'setServingState', params: ServingState.draining },
            changed('Maintenance', 'maintenance.draining'),
          ],
          always: { guard: 'isIdle', target: 'drained' },
          on: {
            'work.finished': { guard: 'isIdle', target: 'drained' },
            'component.fail': {
              target: 'drained',
              actions: ['noteReason', 'requireProbes', 'forgetRest', 'startFailover'],
            },
          },
        },
        drained: {
          entry: [
            { type: 'setServingState', params: ServingState.drained },
            changed('Maintenance', 'maintenance.drained'),
          ],
          on: { 'component.fail': { actions: refused('maintenance.drained', 'nothing runs on it') } },
        },
      },
    },
    failed: {
      initial: 'isolated',
      on: {
        'component.drain': { target: 'maintenance.draining', actions: ['noteReason', 'requireProbes'] },
        'component.resume': { actions: refused('failed', 'it is not in maintenance; recover it instead') },
      },
      states: {
        isolated: {
          entry: [
            'countFailure',
            'clearProbes',
            { type: 'setServingState', params: ServingState.isolated },
            changed('Failed', 'failed.isolated'),
          ],
          after: { cooldown: { target: 'probing', actions: 'noteCooldown' } },
          on: {
            'component.recover': { target: 'probing', actions: 'noteReason' },
            'component.fail': { actions: refused('failed.isolated', 'it has failed already') },
          },
        },
        probing: {
          entry: [
            { type: 'setServingState', params: ServingState.probing },
            changed('Failed', 'failed.probing'),
            'requestProbe',
          ],
          on: {
            'probe.good': [
              {
                guard: 'isLastProbe',
                target: '#component.operational.ramp.warming',
                actions: ['recover', 'beginRamp'],
              },
              { actions: ['countGoodProbe', 'requestProbe'] },
            ],
            'probe.bad': { target: 'isolated', actions: 'noteReason' },
            'probe.inconclusive': 'isolated',
            'component.fail': { target: 'isolated', actions: ['noteReason', 'markEjected'] },
            'component.recover': { actions: refused('failed.probing', 'it is being probed already') },
          },
        },
      },
    },
  },
});
