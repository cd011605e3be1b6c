import type { Fact } from 'plimsoll';

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
    case 'panic.entered':
    case 'panic.left':
      return `${fact.type === 'panic.entered' ? 'panic' : 'panic over'}: ${fact.operational} of ${fact.total} slots work`;
    case 'pressure.changed':
      return `pressure: ${fact.from} to ${fact.to} at ${(fact.utilization * 100).toFixed(0)} %`;
    case 'algorithm.switched':
      return `algorithm: ${fact.from} to ${fact.to}`;
    case 'strategy.changed':
      return `strategy for ${fact.priority}: ${fact.from} to ${fact.to}`;
    case 'command.refused':
      return `${fact.command} refused: ${fact.reason}`;
    case 'alert.raised':
      return `${fact.severity}: ${fact.message}`;
    default:
      return undefined;
  }
};

const isDown = (status: string): boolean => status === 'Failed' || status === 'Maintenance';
