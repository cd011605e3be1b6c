const fromInside = new WeakSet<object>();

/** Marks what a part of the balancer sends to it: nobody else can say that something is due, has crashed, or was found. */
export function inside<T extends object>(message: T): T {
  fromInside.add(message);
  return message;
}

/**
 * What only the balancer and its children may send. Two more, `requests.submitted` and `attempts.settled`, are left out: they
 * come once a tick, carry nothing, and only hasten what is due anyway.
 */
const INNER: ReadonlySet<string> = new Set([
  'component.stateReported',
  'component.failoverRequested',
  'component.probeRequested',
  'component.slotsOpened',
  'component.commandRefused',
  'child.crashed',
  'check.completed',
  'timer.fired',
  'load.sampled',
  'health.roundDue',
  'optimizer.advised',
  'components.addNext',
  'state.flushControl',
  // of the statechart: they never pass the mailbox
  'pressure.normal',
  'pressure.high',
  'pressure.shedding',
  'failover.steady',
  'failover.rerouting',
  'failover.degraded',
  'failover.down',
  'work.drained',
  // XState's own
  'xstate.stop',
  'xstate.init',
  '*',
]);

/** Whether somebody else has sent what only parts of the balancer may send. */
export const isForged = (message: { readonly type: string }): boolean =>
  INNER.has(message.type) && !fromInside.has(message);
