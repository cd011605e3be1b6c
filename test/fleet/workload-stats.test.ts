import { describe, expect, it } from 'vitest';
import { WorkloadStats } from '../../src/fleet/workload-stats.ts';

function statsAfter(count: number, durationMs: number, t = 0): WorkloadStats {
  const work = new WorkloadStats();
  for (let k = 0; k < count; k++) work.finished(t, durationMs);
  return work;
}

describe('WorkloadStats', () => {
  it('knows nothing of a type before 20 executions', () => {
    expect(statsAfter(0, 0).scale).toBe(0);
    expect(statsAfter(19, 50).scale).toBe(0);
    expect(statsAfter(19, 50).known).toBe(false);
    expect(statsAfter(20, 50).scale).toBeCloseTo(50, 12);
    expect(statsAfter(20, 50).known).toBe(true);
  });

  it('decays its mean with 60 s', () => {
    const work = statsAfter(100, 10);
    for (let k = 0; k < 100; k++) work.finished(60_000, 20);
    expect(work.scale).toBeCloseTo((10 / Math.E + 20) / (1 / Math.E + 1), 9);
  });

  it('still has a mean after a day of silence', () => {
    const work = statsAfter(100, 10);
    work.finished(86_400_000, 30);
    expect(work.scale).toBeCloseTo(30, 9);
  });

  it('takes work of no length for 10 µs', () => {
    expect(statsAfter(20, 0).scale).toBe(0.01);
  });

  it('keeps recent service times for their quantiles', () => {
    expect(statsAfter(20, 50).service.quantile(0.97, 0)).toBe(50);
  });
});
