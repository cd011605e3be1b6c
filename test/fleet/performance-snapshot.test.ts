import { describe, expect, it } from 'vitest';
import { PerformanceSnapshot } from '../../src/fleet/performance-snapshot.ts';
import { PerformanceStats } from '../../src/fleet/performance-stats.ts';

function statsOf(components: number): PerformanceStats {
  const stats = new PerformanceStats();
  for (let i = 0; i < components; i++) stats.reset(i);
  return stats;
}

/** Executions of one relative time, one every 10 ms. */
function finish(stats: PerformanceStats, i: number, from: number, to: number, relative: number, ok = true): void {
  for (let t = from; t < to; t += 10) stats.recordExecution(i, t, 100, relative, ok);
}

describe('PerformanceMark', () => {
  it('tells what came after it from what was before', () => {
    const stats = statsOf(2);
    const mark = new PerformanceSnapshot();
    finish(stats, 0, 0, 5000, 1);
    stats.takeSnapshot(5000, mark);
    finish(stats, 0, 5000, 7500, 4);
    // all in all the old executions still count most; since the mark there were none of them
    expect(stats.attemptCost(0, 7500)).toBeLessThan(3.1);
    expect(stats.attemptCostSince(mark, 0, 7500)).toBeGreaterThan(3.9);
    expect(stats.attemptCostSince(mark, 0, 7500)).toBeLessThan(4.1);
  });

  it('counts what has finished since, wherever', () => {
    const stats = statsOf(2);
    const mark = new PerformanceSnapshot();
    finish(stats, 0, 0, 5000, 1);
    stats.takeSnapshot(5000, mark);
    expect(mark.known).toBe(1);
    expect(stats.finishedSince(mark, 5000)).toBeCloseTo(0, 9);
    for (const i of [0, 1, 1]) stats.recordExecution(i, 6000, 100, 1, true);
    expect(stats.finishedSince(mark, 6000)).toBeCloseTo(3, 9);
  });

  it('counts failures since, and only these', () => {
    const stats = statsOf(1);
    const mark = new PerformanceSnapshot();
    finish(stats, 0, 0, 5000, 1, false);
    stats.takeSnapshot(5000, mark);
    finish(stats, 0, 5000, 7500, 1);
    const afterwards = stats.attemptCostSince(mark, 0, 7500);
    expect(afterwards).toBeGreaterThan(1);
    expect(afterwards).toBeLessThan(1.05);
  });

  it('takes one that was not used since for what it was', () => {
    const stats = statsOf(2);
    const mark = new PerformanceSnapshot();
    finish(stats, 0, 0, 5000, 1);
    finish(stats, 1, 0, 5000, 6);
    stats.takeSnapshot(5000, mark);
    finish(stats, 0, 5000, 7500, 1);
    expect(stats.attemptCostSince(mark, 1, 7500)).toBeCloseTo(stats.attemptCost(1, 7500), 9);
  });

  it('sees the age of what has run since', () => {
    const stats = statsOf(1);
    const mark = new PerformanceSnapshot();
    for (let k = 0; k < 5; k++) stats.started(0, 0, 100);
    stats.takeSnapshot(1000, mark);
    const early = stats.attemptCostSince(mark, 0, 1100);
    expect(stats.attemptCostSince(mark, 0, 3000)).toBeGreaterThan(3 * early);
  });

  it('serves components that came after it', () => {
    const stats = statsOf(1);
    const mark = new PerformanceSnapshot();
    stats.takeSnapshot(1000, mark);
    for (let i = 1; i < 20; i++) stats.reset(i);
    finish(stats, 19, 1000, 3000, 2);
    expect(stats.attemptCostSince(mark, 19, 3000)).toBeGreaterThan(1.9);
    stats.takeSnapshot(3000, mark);
    expect(mark.finished[19]).toBeGreaterThan(100);
  });
});
