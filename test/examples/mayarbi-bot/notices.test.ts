import { describe, expect, it } from 'vitest';
import { noticeOf } from '../../../docs/examples/mayarbi-bot/notices.ts';
import type { ComponentStatus } from '../../../src/domain/component.ts';

const changed = (from: ComponentStatus, to: ComponentStatus) =>
  noticeOf({ type: 'component.statusChanged', componentId: 'price_feeds', from, to, state: '', reason: 'on purpose' });

describe('notices', () => {
  it('tell of components that go and come back, not of their load', () => {
    expect(changed('Busy', 'Failed')).toBe('price_feeds: Busy to Failed (on purpose)');
    expect(changed('Failed', 'Available')).toBe('price_feeds: Failed to Available (on purpose)');
    expect(changed('Available', 'Maintenance')).toContain('Maintenance');
    expect(changed('Available', 'Busy')).toBeUndefined();
  });

  it('tell of failovers, routes, pressure, switches, refusals and alerts', () => {
    const about = { componentId: 'price_feeds' };
    const notices = [
      noticeOf({ type: 'failover.started', ...about, reason: '', rerouted: 3, awaiting: 1 }),
      noticeOf({ type: 'failover.completed', ...about, durationMs: 12.3 }),
      noticeOf({ type: 'route.down', route: ['PRICE_UPDATE', 'GENERAL'], members: 2 }),
      noticeOf({ type: 'route.restored', route: ['PRICE_UPDATE'], downMs: 1_200.4 }),
      noticeOf({ type: 'pressure.changed', from: 'normal', to: 'high', utilization: 0.712 }),
      noticeOf({ type: 'algorithm.switched', from: 'adaptive', to: 'round-robin' }),
      noticeOf({
        type: 'strategy.changed',
        priority: 'HIGH',
        from: 'performance-based',
        to: 'least-connections',
        regret: 0.1,
      }),
      noticeOf({ type: 'command.refused', command: 'component.fail', state: 'drained', reason: 'it is drained' }),
      noticeOf({
        type: 'alert.raised',
        kind: 'highLoad',
        severity: 'WARNING',
        componentId: 'price_feeds',
        message: 'price_feeds is loaded',
        suppressed: 0,
      }),
      noticeOf({
        type: 'error.reported',
        severity: 'ERROR',
        code: 'POLICY_FAILED',
        componentId: undefined,
        cause: new Error('no such index'),
      }),
    ];
    expect(notices).toEqual([
      'failover of price_feeds: 3 moved to others, 1 awaited',
      'failover of price_feeds: completed in 12 ms',
      'nobody can do PRICE_UPDATE, GENERAL',
      'PRICE_UPDATE can be done again after 1200 ms',
      'pressure: normal to high at 71 %',
      'algorithm: adaptive to round-robin',
      'strategy for HIGH: performance-based to least-connections',
      'component.fail refused: it is drained',
      'WARNING: price_feeds is loaded',
      'ERROR: POLICY_FAILED (no such index)',
    ]);
  });

  it('are silent about the rest, and about what a change of status has told', () => {
    expect(noticeOf({ type: 'state.saved', savedAt: 1 })).toBeUndefined();
    const failed = { componentId: 'price_feeds', severity: 'ERROR' } as const;
    const alert = { ...failed, kind: 'componentFailed', message: 'it failed', suppressed: 0 } as const;
    expect(noticeOf({ type: 'alert.raised', ...alert })).toBeUndefined();
    expect(noticeOf({ type: 'error.reported', ...failed, code: 'COMPONENT_FAILED', cause: 'x' })).toBeUndefined();
  });
});
