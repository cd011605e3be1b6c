import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PerformanceStats, StartSums } from '../../src/fleet/performance-stats.ts';

/** 100 years: everything has decayed, and the landmark has moved. */
const AGES = 3e12;

function newStats(count = 2): PerformanceStats {
  const performance = new PerformanceStats();
  for (let i = 0; i < count; i++) performance.reset(i);
  return performance;
}

function startedOn(performance: PerformanceStats, t: number): number {
  const sums = new StartSums();
  performance.startsOf(Int32Array.of(0), 1, t, sums);
  return sums.attempts + sums.work;
}

/** So many executions at an instant; after a change, few stand for all before. */
interface Executions {
  readonly at: number;
  readonly relative: number;
  readonly n: number;
}

const weigh = (list: readonly Executions[], t: number, tau: number, of: (one: Executions) => number): number =>
  list.reduce((sum, one) => sum + of(one) * one.n * Math.exp((one.at - t) / tau), 0);
const count = (): number => 1;
const time = ({ relative }: Executions): number => relative;

/** The definitions, over plain lists of what happened. */
class Model {
  readonly outcomes: { i: number; at: number; ok: boolean }[] = [];
  readonly running: { i: number; at: number; scale: number }[] = [];
  readonly started: { i: number; at: number; scale: number }[] = [];
  private readonly lately: Executions[][] = [[], []];
  private readonly long: Executions[][] = [[], []];
  private readonly latest = [0, 0];
  private readonly deviations: Executions[] = [];
  private spread = 1;

  finish(i: number, at: number, relative: number, ok: boolean): void {
    this.outcomes.push({ i, at, ok });
    if (relative < 0) return;
    const long = this.long[i]!;
    const usual = (weigh(long, at, 60_000, time) + 3 * this.fleetMean()) / (weigh(long, at, 60_000, count) + 3);
    const one = { at, relative: ok ? relative : Math.max(relative, usual), n: 1 };
    this.lately[i]!.push(one);
    if (ok) this.remember(i, at, one);
  }

  private remember(i: number, at: number, one: Executions): void {
    const { relative } = one;
    const long = this.long[i]!;
    const before = weigh(long, at, 60_000, count);
    if (before > 1 && weigh(long, at, 60_000, time) > 0) {
      const off = relative / (weigh(long, at, 60_000, time) / before) - 1;
      this.deviations.push({ at, n: 1, relative: Math.min(off ** 2, 9 * this.spread) });
      const mean = (weigh(this.deviations, at, 60_000, time) + 4) / (weigh(this.deviations, at, 60_000, count) + 4);
      this.spread = Math.min(Math.max(mean, 0.04), 16);
    }
    long.push(one);
    const latest = this.latest[i] === 0 ? relative : 0.7 * this.latest[i]! + 0.3 * relative;
    this.latest[i] = latest;
    const known = weigh(long, at, 60_000, count);
    if (known < 4 || weigh(this.lately[i]!, at, 5_000, count) > 4) return;
    const usual = weigh(long, at, 60_000, time) / known;
    if (latest < usual && usual < 1.3 * this.fleetMean(at)) return;
    const off = latest < usual ? Math.log(usual / latest) / 2.5 : (latest / usual - 1) / 5;
    if (off ** 2 <= this.spread * (1 / (1.7 / 0.3) + 1 / known)) return;
    this.long[i] = [{ at, relative: latest, n: 4 }];
    this.lately[i] = [{ at, relative: latest, n: Math.min(4, weigh(this.lately[i]!, at, 5_000, count)) }];
  }

  /** Both sums decay alike, so that any instant will do to weigh them at; at the last one neither is 0. */
  fleetMean(t?: number): number {
    const all = this.lately.flat();
    const last = t ?? Math.max(...all.map(({ at }) => at));
    if (all.length === 0) return 1;
    return weigh(all, last, 5_000, time) / weigh(all, last, 5_000, count);
  }

  serviceTime(i: number, t: number): number {
    const age = this.running.reduce((s, one) => (one.i === i && one.scale > 0 ? s + (t - one.at) / one.scale : s), 0);
    const d = weigh(this.lately[i]!, t, 5_000, time);
    const n = weigh(this.lately[i]!, t, 5_000, count);
    let before = Math.max(0, weigh(this.long[i]!, t, 60_000, count) - n);
    const memory = before > 0 ? Math.max(0, weigh(this.long[i]!, t, 60_000, time) - d) / before : 0;
    const ratio = (d + age) / n / memory;
    const off = ratio < 0.7 ? Math.log(ratio) : ratio - 1;
    const moved = off ** 2 - (4 * this.spread) / n;
    if (before > 0 && moved > 0) before = Math.min(before, this.spread / moved);
    return (d + age + memory * before + 3 * this.fleetMean()) / (n + before + 3);
  }

  private sum(i: number, t: number, tau: number, of: (one: Model['outcomes'][number]) => number): number {
    return this.outcomes.reduce((s, one) => (one.i === i ? s + of(one) * Math.exp((one.at - t) / tau) : s), 0);
  }

  successProbability(i: number, t: number): number {
    const good = this.sum(i, t, 5000, (one) => (one.ok ? 1 : 0));
    const bad = this.sum(i, t, 5000, (one) => (one.ok ? 0 : 1));
    const kept = Math.min(1, 50 / (good + bad || 1));
    const a = good * kept + 4.75;
    const b = bad * kept + 0.25;
    return a / (a + b) - (bad / (bad + 0.5)) * Math.sqrt((a * b) / ((a + b) ** 2 * (a + b + 1)));
  }

  ends(i: number, t: number): number {
    return this.sum(i, t, 10_000, () => 1);
  }

  starts(i: number, t: number, of: (scale: number) => number): number {
    return this.started.reduce((s, one) => (one.i === i ? s + of(one.scale) * Math.exp(-(t - one.at) / 10_000) : s), 0);
  }
}

const step = fc.record({
  what: fc.constantFrom('start', 'good', 'bad', 'unknown', 'time'),
  i: fc.nat(1),
  pick: fc.nat(),
  wait: fc.oneof(fc.double({ min: 0, max: 3000, noNaN: true }), fc.constantFrom(0, 20_000, 4e6)),
  scale: fc.constantFrom(0, 0.5, 20, 3000),
});

describe('PerformanceStats', () => {
  it('does not take one that fails at once for a quick one', () => {
    const performance = newStats();
    for (let k = 0; k < 40; k++) {
      performance.recordExecution(0, 25 * k, 1, 0.01, false);
      performance.recordExecution(1, 25 * k, 100, 1, true);
    }
    expect(performance.serviceTime(0, 1_000)).toBeCloseTo(1, 6);
    // a failure that takes longer than its work counts in full
    performance.recordExecution(0, 1_000, 5_000, 50, false);
    expect(performance.serviceTime(0, 1_000)).toBeGreaterThan(2);
  });

  it('agrees with the definitions, whatever happens when', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const performance = newStats();
        const model = new Model();
        let t = 0;
        for (const { what, i, pick, wait, scale } of steps) {
          t += wait;
          const running = model.running[pick % (model.running.length || 1)];
          if (what === 'start' && model.running.length < 20) {
            performance.started(i, t, scale);
            model.running.push({ i, at: t, scale });
            model.started.push({ i, at: t, scale });
          } else if (what !== 'time' && what !== 'start' && running !== undefined) {
            model.running.splice(model.running.indexOf(running), 1);
            performance.stopped(running.i, running.at, running.scale);
            const relative = what === 'unknown' || running.scale === 0 ? -1 : (t - running.at) / running.scale;
            const ok = what !== 'bad';
            performance.recordExecution(running.i, t, t - running.at, relative, ok);
            model.finish(running.i, t, relative, ok);
          }
          for (const k of [0, 1]) {
            const close = (given: number, expected: number): void =>
              expect(Math.abs(given - expected)).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(expected)));
            close(performance.successProbability(k, t), model.successProbability(k, t));
            // parts of these may be 10 ms old: counts have decayed by 0.2 % since
            const service = model.serviceTime(k, t);
            expect(Math.abs(performance.serviceTime(k, t) - service)).toBeLessThanOrEqual(0.003 * service + 1e-9);
            const cost = service / model.successProbability(k, t);
            expect(Math.abs(performance.attemptCost(k, t) - cost)).toBeLessThanOrEqual(0.003 * cost + 1e-9);
            const attempts = model.starts(k, t, () => 1);
            const work = model.starts(k, t, (scale) => scale);
            const sums = new StartSums();
            performance.startsOf(Int32Array.of(k), 1, t, sums);
            close(sums.attempts, attempts);
            if (attempts > 1e-9) close(sums.meanMs, work / attempts);
            const window = 10 * (1 - Math.exp(-Math.max(t, 1) / 10_000));
            close(sums.work, work / (window * 1000));
            close(performance.finishRate(k, t), model.ends(k, t) / window);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('knows nothing at first, and says so', () => {
    const performance = newStats();
    expect(performance.serviceTime(0, 5)).toBe(1);
    expect(performance.fleetMean()).toBe(1);
    // caution is for those that have failed
    expect(performance.successProbability(0, 5)).toBeCloseTo(0.95, 12);
    expect(performance.peakLatency(0, 5)).toBe(0);
    expect(performance.meanResponseMs(0)).toBe(0);
    expect(performance.meanRelative(0)).toBe(0);
    expect(performance.successRate(0)).toBe(1);
    const sums = new StartSums();
    performance.startsOf(Int32Array.of(0, 1), 2, 5, sums);
    expect(sums).toEqual(new StartSums());
  });

  it('shows a slow-down before the first completion', () => {
    const performance = newStats();
    performance.started(0, 1000, 50);
    expect(performance.serviceTime(0, 1000)).toBeCloseTo(1, 12);
    expect(performance.serviceTime(0, 1500)).toBeCloseTo((10 + 3) / 3, 9);
    performance.stopped(0, 1000, 50);
    expect(performance.serviceTime(0, 1500)).toBe(1);
  });

  it('counts the age of work in flight after days, to a thousandth of its mean', () => {
    const performance = newStats();
    const scale = 0.01;
    const start = 10 * 86_400_000;
    performance.started(0, 0, scale);
    performance.started(0, start, scale);
    for (let k = 0; k < 1000; k++) {
      const t = start + k * 4e6;
      performance.started(0, t, scale);
      performance.stopped(0, t - (k === 0 ? 0 : 4e6), scale);
    }
    const end = start + 999 * 4e6;
    performance.stopped(0, 0, scale);
    const age = performance.serviceTime(0, end) * 3 - 3;
    expect(age).toBeCloseTo(0, 3);
  });

  it('keeps a peak at once and forgets it with 10 s', () => {
    const performance = newStats();
    performance.recordExecution(0, 0, 100, 1, true);
    performance.recordExecution(0, 0, 900, 9, true);
    expect(performance.peakLatency(0, 0)).toBe(9);
    performance.recordExecution(0, 0, 100, 1, true);
    expect(performance.peakLatency(0, 0)).toBe(9);
    expect(performance.peakLatency(0, 10_000)).toBeCloseTo(9 / Math.E, 9);
    performance.recordExecution(0, 10_000, 100, 1, true);
    expect(performance.peakLatency(0, 10_000)).toBeCloseTo(9 / Math.E + (1 - 1 / Math.E), 9);
  });

  it('takes errors for no latencies, and counts them in a row', () => {
    const performance = newStats();
    for (let k = 0; k < 3; k++) performance.recordExecution(0, k, 1, 0.01, false);
    expect(performance.peakLatency(0, 3)).toBe(0);
    expect(performance.consecutive[0]).toBe(3);
    expect(performance.recentBad(0, 3)).toBeCloseTo(3, 2);
    performance.recordExecution(0, 3, 100, 1, true);
    expect(performance.consecutive[0]).toBe(0);
    expect(performance.recentGood(0, 3)).toBeCloseTo(1, 12);
    expect(performance.successRate(0)).toBeCloseTo(0.25, 3);
    performance.clearOutcomes(0);
    expect(performance.successRate(0)).toBe(1);
    expect(performance.consecutive[0]).toBe(0);
  });

  it('lets 50 executions outweigh the prior, and thousands no more than 50', () => {
    const performance = newStats();
    for (let k = 0; k < 5000; k++) performance.recordExecution(0, 0, 1, 1, false);
    for (let k = 0; k < 50; k++) performance.recordExecution(1, 0, 1, 1, false);
    // but for the caution, which is that of half a failure less
    expect(performance.successProbability(0, 0)).toBeCloseTo(performance.successProbability(1, 0), 2);
    expect(performance.successProbability(0, 0)).toBeLessThan(0.1);
    expect(performance.successProbability(0, 0)).toBeGreaterThan(0);
  });

  it('tells the means of what was recent', () => {
    const performance = newStats();
    performance.recordExecution(0, 0, 100, 2, true);
    performance.recordExecution(0, 0, 300, 4, true);
    expect(performance.meanResponseMs(0)).toBe(200);
    expect(performance.meanRelative(0)).toBe(3);
    expect(performance.sampleCount(0, 5000)).toBeCloseTo(2 / Math.E, 12);
    performance.started(0, 5, 0);
    performance.started(0, 6, 0);
  });

  it.each([
    ['recentGood', (p: PerformanceStats, t: number) => p.recentGood(0, t), 0],
    ['recentBad', (p: PerformanceStats, t: number) => p.recentBad(0, t), 0],
    ['serviceTime', (p: PerformanceStats, t: number) => p.serviceTime(0, t), 2],
    ['successProbability', (p: PerformanceStats, t: number) => p.successProbability(0, t), 0.95],
    ['attemptCost', (p: PerformanceStats, t: number) => p.attemptCost(0, t), 2 / 0.95],
    ['peakLatency', (p: PerformanceStats, t: number) => p.peakLatency(0, t), 0],
    ['startsOf', startedOn, 0],
    ['finishRate', (p: PerformanceStats, t: number) => p.finishRate(0, t), 0],
    ['evidence', (p: PerformanceStats, t: number) => p.sampleCount(0, t), 0],
  ])('%s is right when it is the first to be asked after ages', (_, read, expected) => {
    const performance = newStats();
    performance.started(0, 0, 100);
    performance.stopped(0, 0, 100);
    performance.recordExecution(0, 0, 100, 2, true);
    performance.recordExecution(0, 0, 100, 2, false);
    expect(read(performance, AGES)).toBeCloseTo(expected, 2);
  });

  it('forgets a component whose index is used again, and grows as the fleet does', () => {
    const performance = newStats();
    performance.recordExecution(1, 0, 900, 9, true);
    performance.started(1, 0, 10);
    performance.reset(1);
    performance.reset(100);
    expect(performance.serviceTime(1, 50)).toBe(performance.serviceTime(0, 50));
    expect(performance.peakLatency(1, 50)).toBe(0);
    performance.recordExecution(100, 50, 900, 9, true);
    expect(performance.peakLatency(100, 50)).toBe(9);
  });
});
