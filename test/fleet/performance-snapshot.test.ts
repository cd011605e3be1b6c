import { describe, expect, it } from 'vitest';
import { PerformanceLedger } from '../../src/fleet/performance-stats.ts';
import { PerformanceMark } from '../../src/fleet/performance-snapshot.ts';

function ledgerOf(components: number): PerformanceLedger {
  const ledger = new PerformanceLedger();
  for (let i = 0; i < components; i++) ledger.reset(i);
  return ledger;
}

/** Executions of one relative time, one every 10 ms. */
function finish(ledger: PerformanceLedger, i: number, from: number, to: number, relative: number, ok = true): void {
  for (let t = from; t < to; t += 10) ledger.finishedOne(i, t, 100, relative, ok);
}

describe('PerformanceMark', () => {
  it('tells what came after it from what was before', () => {
    const ledger = ledgerOf(2);
    const mark = new PerformanceMark();
    finish(ledger, 0, 0, 5000, 1);
    ledger.mark(5000, mark);
    finish(ledger, 0, 5000, 7500, 4);
    // all in all the old executions still count most; since the mark there were none of them
    expect(ledger.attemptCost(0, 7500)).toBeLessThan(3.1);
    expect(ledger.attemptCostSince(mark, 0, 7500)).toBeGreaterThan(3.9);
    expect(ledger.attemptCostSince(mark, 0, 7500)).toBeLessThan(4.1);
  });

  it('counts what has finished since, wherever', () => {
    const ledger = ledgerOf(2);
    const mark = new PerformanceMark();
    finish(ledger, 0, 0, 5000, 1);
    ledger.mark(5000, mark);
    expect(mark.known).toBe(1);
    expect(ledger.finishedSince(mark, 5000)).toBeCloseTo(0, 9);
    for (const i of [0, 1, 1]) ledger.finishedOne(i, 6000, 100, 1, true);
    expect(ledger.finishedSince(mark, 6000)).toBeCloseTo(3, 9);
  });

  it('counts failures since, and only these', () => {
    const ledger = ledgerOf(1);
    const mark = new PerformanceMark();
    finish(ledger, 0, 0, 5000, 1, false);
    ledger.mark(5000, mark);
    finish(ledger, 0, 5000, 7500, 1);
    const afterwards = ledger.attemptCostSince(mark, 0, 7500);
    expect(afterwards).toBeGreaterThan(1);
    expect(afterwards).toBeLessThan(1.05);
  });

  it('takes one that was not used since for what it was', () => {
    const ledger = ledgerOf(2);
    const mark = new PerformanceMark();
    finish(ledger, 0, 0, 5000, 1);
    finish(ledger, 1, 0, 5000, 6);
    ledger.mark(5000, mark);
    finish(ledger, 0, 5000, 7500, 1);
    expect(ledger.attemptCostSince(mark, 1, 7500)).toBeCloseTo(ledger.attemptCost(1, 7500), 9);
  });

  it('sees the age of what has run since', () => {
    const ledger = ledgerOf(1);
    const mark = new PerformanceMark();
    for (let k = 0; k < 5; k++) ledger.started(0, 0, 100);
    ledger.mark(1000, mark);
    const early = ledger.attemptCostSince(mark, 0, 1100);
    expect(ledger.attemptCostSince(mark, 0, 3000)).toBeGreaterThan(3 * early);
  });

  it('serves components that came after it', () => {
    const ledger = ledgerOf(1);
    const mark = new PerformanceMark();
    ledger.mark(1000, mark);
    for (let i = 1; i < 20; i++) ledger.reset(i);
    finish(ledger, 19, 1000, 3000, 2);
    expect(ledger.attemptCostSince(mark, 19, 3000)).toBeGreaterThan(1.9);
    ledger.mark(3000, mark);
    expect(mark.finished[19]).toBeGreaterThan(100);
  });
});
