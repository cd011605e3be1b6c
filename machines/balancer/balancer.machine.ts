import { type AnyActorRef, fromPromise, setup } from 'xstate';
import { type ActiveAlgorithm, ALGORITHMS } from '../../src/domain/algorithm.ts';
import type { BalancerOutput } from '../../src/domain/balancer.ts';
import type { Fact } from '../../src/domain/events.ts';
import { refuse } from '../../src/engine/control/commands.ts';
import type { BalancerEvent } from '../../src/engine/messages.ts';
import { countsOf, metricsOf } from '../../src/engine/reporting/metrics.ts';
import { loadState, STORE_TIMEOUT_MS, writeState } from '../../src/engine/reporting/saved-state.ts';
import type { EngineState } from '../../src/engine/state.ts';
import {
  healthCheckerMachine,
  loadMonitorMachine,
  optimizerMachine,
  requestProcessorMachine,
} from '../monitors/index.ts';
import * as act from './actions.ts';

interface Context {
  readonly state: EngineState;
}

/** `round-robin` as a state: `roundRobin`. */
const stateName = (algorithm: ActiveAlgorithm): string =>
  algorithm.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

const monitorInput = ({ context: { state } }: { context: Context; self: AnyActorRef }) => ({
  settings: () => state.settings,
  parent: state.self,
  components: state.fleet.components,
  advisor: state.learning.optimizer,
  now: () => state.scheduler.now(),
});

/** The supervisor: what happens to the balancer as a whole. Requests go on the fast path. */
export const balancerMachine = setup({
  types: {
    input: {} as { readonly state: EngineState },
    context: {} as Context,
    events: {} as BalancerEvent,
    output: {} as BalancerOutput,
    emitted: {} as Fact,
  },
  actors: {
    requestProcessor: requestProcessorMachine,
    healthChecker: healthCheckerMachine,
    loadMonitor: loadMonitorMachine,
    optimizer: optimizerMachine,
    restoreState: fromPromise(({ input }: { input: Context }) => loadState(input.state)),
    saveState: fromPromise(async ({ input }: { input: Context }) => {
      await writeState(input.state);
    }),
  },
  delays: { drainTimeout: ({ context }) => context.state.mode.drainTimeoutMs, storeTimeout: STORE_TIMEOUT_MS },
  guards: {
    hasNoStore: ({ context }) => context.state.options.store === undefined,
    isDrained: ({ context }) => act.isDrained(context.state),
    stopsAtOnce: ({ event }) => act.endsAtOnce(event),
    stopsSooner: ({ context, event }) => act.endsSooner(context.state, event),
    selects: ({ event, context }, algorithm: ActiveAlgorithm) =>
      event.type === 'algorithm.select' && act.isSelectable(context.state, event.algorithm, algorithm),
  },
  actions: {
    run: ({ context }) => act.run(context.state),
    beginDraining: ({ context, event }) => act.beginDraining(context.state, event),
    hastenStop: ({ context, event }) => act.hastenStop(context.state, event),
    cancelOpen: ({ context }) => act.cancelOpen(context.state),
    shutDown: ({ context }) => act.finish(context.state),
    restore: ({ context, event }) => act.restore(context.state, 'output' in event ? event.output : undefined),
    reportLoadFailed: ({ context, event }) =>
      act.onLoadFailed(context.state, 'error' in event ? event.error : undefined),
    reportNotSaved: ({ context, event }) => act.onSaveFailed(context.state, 'error' in event ? event.error : undefined),
    superviseChild: ({ context, event }) => act.supervise(context.state, event),
    reportSlowLoad: ({ context }) => act.onSlowLoad(context.state),
    reportSlowSave: ({ context }) => act.onSlowSave(context.state),
    refuseUnknown: ({ context, event }) => act.refuseUnknown(context.state, event),
    flow: ({ context, event }, flowing: boolean) => act.flow(context.state, event, flowing),
    select: ({ context }, algorithm: ActiveAlgorithm) => act.select(context.state, algorithm),
    refuse: ({ context, event }, { state: stateName, reason }: { state: string; reason: string }) =>
      refuse(context.state, event, stateName, reason),
    refuseAlgorithm: ({ context, event }) =>
      refuse(
        context.state,
        event,
        context.state.selection.algorithms.active,
        'no such algorithm, or none of the user was given',
        undefined,
        'warn',
      ),
  },
}).createMachine({
  id: 'balancer',
  context: ({ input }) => ({ state: input.state }),
  initial: 'active',
  output: ({ context: { state } }) => ({ requests: countsOf(state), metrics: metricsOf(state) }),
  states: {
    active: {
      type: 'parallel',
      invoke: [
        { id: 'request-processor', src: 'requestProcessor', input: monitorInput },
        { id: 'health-checker', src: 'healthChecker', input: monitorInput },
      ],
      on: { 'xstate.error.actor.*': { actions: 'superviseChild' }, '*': { actions: 'refuseUnknown' } },
      states: {
        phase: {
          initial: 'starting',
          states: {
            starting: {
              always: { guard: 'hasNoStore', target: 'running' },
              invoke: {
                id: 'restore-state',
                src: 'restoreState',
                input: ({ context }) => context,
                onDone: { target: 'running', actions: 'restore' },
                onError: { target: 'running', actions: 'reportLoadFailed' },
              },
              after: { storeTimeout: { target: 'running', actions: 'reportSlowLoad' } },
              on: { 'balancer.stop': 'draining' },
            },
            running: {
              entry: 'run',
              invoke: [
                { id: 'load-monitor', src: 'loadMonitor', input: monitorInput },
                { id: 'optimizer', src: 'optimizer', input: monitorInput },
              ],
              on: { 'balancer.stop': 'draining' },
            },
            draining: {
              initial: 'finishing',
              entry: 'beginDraining',
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
                      { guard: 'stopsSooner', target: 'finishing', reenter: true, actions: 'hastenStop' },
                      { actions: { type: 'refuse', params: { state: 'draining', reason: 'it is stopping already' } } },
                    ],
                  },
                  after: { drainTimeout: 'saving' },
                },
                saving: {
                  entry: 'cancelOpen',
                  invoke: {
                    id: 'save-state',
                    src: 'saveState',
                    input: ({ context }) => context,
                    onDone: '#balancer.stopped',
                    onError: { target: '#balancer.stopped', actions: 'reportNotSaved' },
                  },
                  after: { storeTimeout: { target: '#balancer.stopped', actions: 'reportSlowSave' } },
                  on: {
                    'balancer.stop': {
                      actions: { type: 'refuse', params: { state: 'draining', reason: 'it is stopping already' } },
                    },
                  },
                },
              },
            },
          },
        },
        dispatch: {
          initial: 'flowing',
          states: {
            flowing: {
              entry: { type: 'flow', params: true },
              on: {
                'balancer.pause': [
                  {
                    guard: ({ context }) => context.state.mode.phase === 'draining',
                    actions: { type: 'refuse', params: { state: 'draining', reason: 'it is draining' } },
                  },
                  { target: 'paused' },
                ],
                'balancer.resume': {
                  actions: { type: 'refuse', params: { state: 'flowing', reason: 'dispatch is not paused' } },
                },
              },
            },
            paused: {
              entry: { type: 'flow', params: false },
              on: {
                'balancer.resume': 'flowing',
                'balancer.stop': 'flowing',
                'balancer.pause': {
                  actions: { type: 'refuse', params: { state: 'paused', reason: 'dispatch is paused already' } },
                },
              },
            },
          },
        },
        pressure: {
          initial: 'normal',
          on: { 'pressure.normal': '.normal', 'pressure.high': '.high', 'pressure.shedding': '.shedding' },
          states: { normal: {}, high: {}, shedding: {} },
        },
        failover: {
          initial: 'steady',
          on: {
            'failover.steady': '.steady',
            'failover.rerouting': '.rerouting',
            'failover.degraded': '.degraded',
            'failover.down': '.down',
          },
          states: { steady: {}, rerouting: {}, degraded: {}, down: {} },
        },
        algorithm: {
          initial: 'choosing',
          on: {
            'algorithm.select': [
              ...([...ALGORITHMS, 'custom'] as const).map((algorithm) => ({
                guard: { type: 'selects' as const, params: algorithm },
                target: `.${stateName(algorithm)}`,
              })),
              { actions: 'refuseAlgorithm' },
            ],
          },
          states: {
            choosing: {
              always: ([...ALGORITHMS, 'custom'] as const).map((algorithm) => ({
                guard: ({ context }: { context: Context }) => context.state.selection.algorithms.active === algorithm,
                target: stateName(algorithm),
              })),
            },
            ...Object.fromEntries(
              ([...ALGORITHMS, 'custom'] as const).map((algorithm) => [
                stateName(algorithm),
                { entry: { type: 'select' as const, params: algorithm } },
              ]),
            ),
          },
        },
      },
    },
    stopped: { type: 'final', entry: 'shutDown' },
  },
});
