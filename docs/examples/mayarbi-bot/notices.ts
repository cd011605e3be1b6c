import type { Fact, FactType } from 'plimsoll';

/** The facts that the bot wants to hear of beside the outcomes of its own requests. */
export const HEARD: readonly FactType[] = [
  'metrics.sampled',
  'component.statusChanged',
  'failover.started',
  'failover.completed',
  'route.down',
  'route.restored',
  'pressure.changed',
  'algorithm.switched',
  'strategy.changed',
  'alert.raised',
  'error.reported',
  'command.refused',
];

/**
 * A fact in words, if it is one that a person watching wants to know of. Load goes up and down all the time, so changes
 * between Available, Busy and Overloaded are left to the table.
 */
export const noticeOf = (fact: Fact): string | undefined => {
  switch (fact.type) {
    case 'component.statusChanged': {
      const { componentId, from, to, reason } = fact;
      return isDown(from) || isDown(to) ? `${componentId}: ${from} to ${to} (${reason})` : undefined;
    }
    case 'failover.started':
      return `failover of ${fact.componentId}: ${fact.rerouted} moved to others, ${fact.awaiting} awaited`;
    case 'failover.completed':
      return `failover of ${fact.componentId}: completed in ${fact.durationMs.toFixed(0)} ms`;
    case 'route.down':
      return `nobody can do ${fact.route.join(', ')}`;
    case 'route.restored':
      return `${fact.route.join(', ')} can be done again after ${Math.round(fact.downMs)} ms`;
    case 'pressure.changed':
      return `pressure: ${fact.from} to ${fact.to} at ${(fact.utilization * 100).toFixed(0)} %`;
    case 'algorithm.switched':
      return `algorithm: ${fact.from} to ${fact.to}`;
    case 'strategy.changed':
      return `strategy for ${fact.priority}: ${fact.from} to ${fact.to}`;
    case 'command.refused':
      return `${fact.command} refused: ${fact.reason}`;
    case 'alert.raised':
      // a component that failed has changed its status as well
      return fact.kind === 'componentFailed' ? undefined : `${fact.severity}: ${fact.message}`;
    case 'error.reported':
      return fact.code === 'COMPONENT_FAILED' ? undefined : `${fact.severity}: ${fact.code} (${causeOf(fact.cause)})`;
    default:
      return undefined;
  }
};

const isDown = (status: string): boolean => status === 'Failed' || status === 'Maintenance';

const causeOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
