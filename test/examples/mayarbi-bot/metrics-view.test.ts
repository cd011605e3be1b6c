import { describe, expect, it } from 'vitest';
import { type ShownMetrics, viewOf } from '../../../docs/examples/mayarbi-bot/metrics-view.ts';
import { view } from './view.ts';

const busy = {
  componentId: 'price_feeds',
  status: 'Busy',
  state: 'operational.busy',
  slotsTaken: 18,
  availableSlots: 25,
  maxConcurrentTasks: 25,
  succeeded: 100,
  failed: 2,
  latency: { count: 102, p50Ms: 1, p99Ms: 9 },
} as const;

const metrics: ShownMetrics = {
  regions: { algorithm: 'adaptive', pressure: 'high', failover: 'degraded' },
  requests: view.outcomes,
  queue: { byPriority: { CRITICAL: 1, HIGH: 2, NORMAL: 3, LOW: 4, MINIMAL: 5 } },
  components: {
    busy,
    warming: { ...busy, availableSlots: 3 },
    probing: { ...busy, status: 'Failed', state: 'failed.probing', latency: { count: 0, p50Ms: 0, p99Ms: 0 } },
  },
};

describe('viewOf', () => {
  const run = { elapsedMs: 1, durationMs: 2, trading: 'open', bot: { ticks: 3 }, notices: [] };

  it('takes over what is shown, in order', () => {
    const shown = viewOf(metrics, run);
    expect(shown).toMatchObject({ ...run, algorithm: 'adaptive', pressure: 'high', failover: 'degraded' });
    expect(shown.outcomes).toBe(view.outcomes);
    expect(shown.queue.map(({ priority, waiting }) => `${priority} ${waiting}`)).toEqual([
      'CRITICAL 1',
      'HIGH 2',
      'NORMAL 3',
      'LOW 4',
      'MINIMAL 5',
    ]);
    expect(shown.components[0]).toEqual({
      id: 'price_feeds',
      status: 'Busy',
      inFlight: 18,
      capacity: 25,
      done: 100,
      failed: 2,
      p50Ms: 1,
      p99Ms: 9,
    });
  });

  it('tells what a status alone does not, and no latency where there is none', () => {
    const [, warming, probing] = viewOf(metrics, run).components;
    expect(warming).toMatchObject({ status: 'Busy', detail: 'warming' });
    expect(probing).toMatchObject({ status: 'Failed', detail: 'probing', p50Ms: undefined, p99Ms: undefined });
  });
});
