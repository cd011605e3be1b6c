import type { BalancerCommand } from '../../src/domain/events.ts';
import { admitSubmitted, submit } from '../../src/engine/admission/admission.ts';
import {
  cancelRequest,
  deregister,
  guarded,
  hearHealth,
  passOn,
  register,
  reportUsage,
  reprioritize,
  subscribe,
  update,
  updateConfig,
} from '../../src/engine/control/commands.ts';
import {
  componentChanged,
  componentFailing,
  componentProbeWanted,
  componentRefused,
} from '../../src/engine/control/component-reports.ts';
import { followAdvice, loadSampled, timersDue } from '../../src/engine/control/monitor-reports.ts';
import { dispatch } from '../../src/engine/dispatch/dispatch.ts';
import { settleAll } from '../../src/engine/execution/settlement.ts';
import { checkCompleted, checkRound } from '../../src/engine/health/checks.ts';
import { refreshFailoverLevel } from '../../src/engine/health/failover-level.ts';
import { removeDrained } from '../../src/engine/membership/components.ts';
import type { BalancerControl, BalancerEvent } from '../../src/engine/messages.ts';
import type { EngineState } from '../../src/engine/state.ts';
import { addComponents, childCrashed } from './actions.ts';

interface Snapshot {
  readonly context: { readonly state: EngineState };
}

type Control = readonly BalancerControl[] | undefined;

/** The control events that arose, handed to the statechart. */
function takeControl(state: EngineState): Control {
  if (state.mailbox.control.length === 0) return undefined;
  const { control } = state.mailbox;
  state.mailbox.control = [];
  return control;
}

/** What follows each message: drained components are removed, the failover level is derived anew, free slots are filled from the queue. */
function afterMessage(state: EngineState, t: number): void {
  if (state.fleet.drained.length > 0) removeDrained(state);
  refreshFailoverLevel(state);
  dispatch(state, t);
}

type Run<T extends BalancerEvent['type']> = (state: EngineState, event: Extract<BalancerEvent, { type: T }>) => void;

/** Runs one function over the engine's state. It must not throw: that would be our own defect. */
const handle =
  <T extends BalancerEvent['type']>(run: Run<T>) =>
  ({ context: { state } }: Snapshot, event: Extract<BalancerEvent, { type: T }>): Control => {
    run(state, event);
    afterMessage(state, state.scheduler.now());
    return state.mailbox.control.length === 0 ? undefined : takeControl(state);
  };

/** For settlements, by far the most frequent message: they have just read the clock, so that it is not read again. */
const handleSettlements =
  (run: (state: EngineState) => void) =>
  ({ context: { state } }: Snapshot): Control => {
    // a handler may have submitted something just before it settled
    if (state.mailbox.arrivals.pending !== undefined) admitSubmitted(state);
    run(state);
    afterMessage(state, state.scheduler.latest);
    return state.mailbox.control.length === 0 ? undefined : takeControl(state);
  };

/** For submissions: admission dispatches each of them itself, and nothing else can have changed. */
const handleSubmission =
  <T extends BalancerEvent['type']>(run: Run<T>) =>
  ({ context: { state } }: Snapshot, event: Extract<BalancerEvent, { type: T }>): Control => {
    run(state, event);
    return state.mailbox.control.length === 0 ? undefined : takeControl(state);
  };

/** Admits the requests submitted earlier in this tick first, so that order is preserved. */
const inOrder =
  <T extends BalancerEvent['type']>(run: Run<T>): Run<T> =>
  (state, event) => {
    if (state.mailbox.arrivals.pending !== undefined) admitSubmitted(state);
    run(state, event);
  };

const handleInOrder = <T extends BalancerEvent['type']>(run: Run<T>) => handle<T>(inOrder<T>(run));

/** For a command: bad input becomes a refusal. */
const handleCommand = <T extends BalancerCommand['type']>(
  run: (state: EngineState, event: Extract<BalancerCommand, { type: T }>) => void,
) => handleInOrder<T>((state, event) => guarded(state, event, () => run(state, event)));

/** Every message that the balancer handles without a transition of its statechart. */
export const balancerHandlers = {
  'request.submit': handleSubmission<'request.submit'>(inOrder<'request.submit'>(submit)),
  'requests.submitted': handleSubmission<'requests.submitted'>(admitSubmitted),
  'attempts.settled': handleSettlements(settleAll),
  'request.cancel': handleInOrder<'request.cancel'>((state, command) =>
    guarded(state, command, () => cancelRequest(state, command)),
  ),
  'request.reprioritize': handleCommand<'request.reprioritize'>(reprioritize),

  'component.register': handleCommand<'component.register'>(register),
  'component.update': handleCommand<'component.update'>(update),
  'component.deregister': handleCommand<'component.deregister'>(deregister),
  'component.drain': handleCommand<'component.drain'>(passOn),
  'component.resume': handleCommand<'component.resume'>(passOn),
  'component.fail': handleCommand<'component.fail'>(passOn),
  'component.recover': handleCommand<'component.recover'>(passOn),
  'component.reportUsage': handleCommand<'component.reportUsage'>(reportUsage),
  'component.reportHealth': handleCommand<'component.reportHealth'>(hearHealth),
  'config.update': handleCommand<'config.update'>(updateConfig),
  'facts.subscribe': handleCommand<'facts.subscribe'>(subscribe),
  'facts.unsubscribe': handleCommand<'facts.unsubscribe'>((state, { subscriber }) =>
    state.events.unsubscribe(subscriber),
  ),

  'component.stateReported': handleInOrder<'component.stateReported'>(componentChanged),
  'component.failoverRequested': handleInOrder<'component.failoverRequested'>(componentFailing),
  'component.probeRequested': handleInOrder<'component.probeRequested'>(componentProbeWanted),
  'component.slotsOpened': handleInOrder<'component.slotsOpened'>(() => {}),
  'component.commandRefused': handleInOrder<'component.commandRefused'>(componentRefused),
  'child.crashed': handleInOrder<'child.crashed'>((state, { child, error }) => childCrashed(state, child, error)),
  'check.completed': handleInOrder<'check.completed'>((state, { index, serial, healthy, reason }) =>
    checkCompleted(state, state.fleet.records[index], serial, healthy, reason),
  ),

  'timer.fired': handleInOrder<'timer.fired'>((state, { processor }) => {
    state.scheduler.processor = processor;
    timersDue(state);
  }),
  'load.sampled': handleInOrder<'load.sampled'>((state) => loadSampled(state)),
  'health.roundDue': handleInOrder<'health.roundDue'>(checkRound),
  'optimizer.advised': handleInOrder<'optimizer.advised'>((state, { advice }) => followAdvice(state, advice)),

  'components.addNext': handleInOrder<'components.addNext'>((state, { from }) => addComponents(state, from)),
  'state.flushControl': handleInOrder<'state.flushControl'>(() => {}),
};
