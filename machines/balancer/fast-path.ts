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
  subscribe,
  update,
  updateConfig,
} from '../../src/engine/control/commands.ts';
import {
  componentChanged,
  componentFailing,
  componentProbeWanted,
  componentRefused,
  componentWidened,
} from '../../src/engine/control/component-reports.ts';
import { followAdvice, loadSampled, timersDue } from '../../src/engine/control/monitor-reports.ts';
import { settleAll } from '../../src/engine/execution/settlement.ts';
import { checkCompleted, checkRound } from '../../src/engine/health/checks.ts';
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

/** A lane that runs one function over the books. What it must not do is throw: that would be our own defect. */
const handle =
  <T extends BalancerEvent['type']>(run: (state: EngineState, event: Extract<BalancerEvent, { type: T }>) => void) =>
  ({ context: { state } }: Snapshot, event: Extract<BalancerEvent, { type: T }>): Control => {
    run(state, event);
    return state.mailbox.control.length === 0 ? undefined : takeControl(state);
  };

/** The same behind the requests that were handed in before it, so that nobody can tell that they have waited. */
const handleInOrder = <T extends BalancerEvent['type']>(
  run: (state: EngineState, event: Extract<BalancerEvent, { type: T }>) => void,
) =>
  handle<T>((state, event) => {
    if (state.mailbox.arrivals.pending !== undefined) admitSubmitted(state);
    run(state, event);
  });

/** A lane for a command: bad input becomes a refusal. */
const handleCommand = <T extends BalancerCommand['type']>(
  run: (state: EngineState, event: Extract<BalancerCommand, { type: T }>) => void,
) => handleInOrder<T>((state, event) => guarded(state, event, () => run(state, event)));

/** Everything that passes the balancer without being a decision of its statechart. */
export const balancerHandlers = {
  'request.submit': handleInOrder<'request.submit'>(submit),
  'requests.submitted': handle<'requests.submitted'>(admitSubmitted),
  'attempts.settled': handle<'attempts.settled'>(settleAll),
  'request.cancel': handleCommand<'request.cancel'>(cancelRequest),

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
  'component.slotsOpened': handleInOrder<'component.slotsOpened'>(componentWidened),
  'component.commandRefused': handleInOrder<'component.commandRefused'>(componentRefused),
  'child.crashed': handleInOrder<'child.crashed'>((state, { child, error }) => childCrashed(state, child, error)),
  'check.completed': handleInOrder<'check.completed'>((state, { index, serial, healthy, reason }) =>
    checkCompleted(state, state.fleet.records[index], serial, healthy, reason),
  ),

  'timer.fired': handleInOrder<'timer.fired'>((state, { processor }) => {
    state.scheduler.processor = processor;
    timersDue(state);
  }),
  'load.sampled': handleInOrder<'load.sampled'>((state, { alerts }) => loadSampled(state, alerts)),
  'health.roundDue': handleInOrder<'health.roundDue'>(checkRound),
  'optimizer.advised': handleInOrder<'optimizer.advised'>((state, { advice }) => followAdvice(state, advice)),

  'components.addNext': handleInOrder<'components.addNext'>((state, { from }) => addComponents(state, from)),
  'state.flushControl': handleInOrder<'state.flushControl'>(() => {}),
};
