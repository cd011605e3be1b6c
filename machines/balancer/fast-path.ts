import type { BalancerCommand } from '../../src/domain/events.ts';
import { addComponents, childCrashed } from './actions.ts';
import { allArrived, submit } from '../../src/engine/admission/admission.ts';
import type { Books } from '../../src/engine/state.ts';
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
import { followAdvice, loadSampled, timersDue } from '../../src/engine/control/monitor-reports.ts';
import type { BalancerControl, BalancerEvent } from '../../src/engine/messages.ts';
import { checkAnswered, checkRound } from '../../src/engine/health/checks.ts';
import {
  componentChanged,
  componentFailing,
  componentProbeWanted,
  componentRefused,
  componentWidened,
} from '../../src/engine/control/component-reports.ts';
import { allSettled } from '../../src/engine/execution/settlement.ts';

interface Snapshot {
  readonly context: { readonly books: Books };
}

type Control = readonly BalancerControl[] | undefined;

/** The control events that arose, handed to the statechart. */
function take(books: Books): Control {
  if (books.control.length === 0) return undefined;
  const { control } = books;
  books.control = [];
  return control;
}

/** A lane that runs one function over the books. What it must not do is throw: that would be our own defect. */
const turn =
  <T extends BalancerEvent['type']>(run: (books: Books, event: Extract<BalancerEvent, { type: T }>) => void) =>
  ({ context: { books } }: Snapshot, event: Extract<BalancerEvent, { type: T }>): Control => {
    run(books, event);
    return books.control.length === 0 ? undefined : take(books);
  };

/** The same behind the requests that were handed in before it, so that nobody can tell that they have waited. */
const lane = <T extends BalancerEvent['type']>(
  run: (books: Books, event: Extract<BalancerEvent, { type: T }>) => void,
) =>
  turn<T>((books, event) => {
    if (books.arrivals.pending !== undefined) allArrived(books);
    run(books, event);
  });

/** A lane for a command: bad input becomes a refusal. */
const command = <T extends BalancerCommand['type']>(
  run: (books: Books, event: Extract<BalancerCommand, { type: T }>) => void,
) => lane<T>((books, event) => guarded(books, event, () => run(books, event)));

/** Everything that passes the balancer without being a decision of its statechart. */
export const balancerLanes = {
  'request.submit': lane<'request.submit'>(submit),
  'request.arrived': turn<'request.arrived'>(allArrived),
  'request.settled': turn<'request.settled'>(allSettled),
  'request.cancel': command<'request.cancel'>(cancelRequest),

  'component.register': command<'component.register'>(register),
  'component.update': command<'component.update'>(update),
  'component.deregister': command<'component.deregister'>(deregister),
  'component.drain': command<'component.drain'>(passOn),
  'component.resume': command<'component.resume'>(passOn),
  'component.fail': command<'component.fail'>(passOn),
  'component.recover': command<'component.recover'>(passOn),
  'component.reportUsage': command<'component.reportUsage'>(reportUsage),
  'component.reportHealth': command<'component.reportHealth'>(hearHealth),
  'config.update': command<'config.update'>(updateConfig),
  'facts.subscribe': command<'facts.subscribe'>(subscribe),
  'facts.unsubscribe': command<'facts.unsubscribe'>((books, { subscriber }) => books.facts.unsubscribe(subscriber)),

  'component.changed': lane<'component.changed'>(componentChanged),
  'component.failing': lane<'component.failing'>(componentFailing),
  'component.probeWanted': lane<'component.probeWanted'>(componentProbeWanted),
  'component.widened': lane<'component.widened'>(componentWidened),
  'component.refused': lane<'component.refused'>(componentRefused),
  'child.crashed': lane<'child.crashed'>((books, { child, error }) => childCrashed(books, child, error)),
  'check.answered': lane<'check.answered'>((books, { index, serial, healthy, reason }) =>
    checkAnswered(books, books.entries[index], serial, healthy, reason),
  ),

  'timers.due': lane<'timers.due'>((books, { processor }) => {
    books.processor = processor;
    timersDue(books);
  }),
  'load.sampled': lane<'load.sampled'>((books, { alerts }) => loadSampled(books, alerts)),
  'health.roundDue': lane<'health.roundDue'>(checkRound),
  'optimizer.advised': lane<'optimizer.advised'>((books, { advice }) => followAdvice(books, advice)),

  'components.due': lane<'components.due'>((books, { from }) => addComponents(books, from)),
  'control.flush': lane<'control.flush'>(() => {}),
  'books.read': lane<'books.read'>((books, { read }) => read(books)),
};
