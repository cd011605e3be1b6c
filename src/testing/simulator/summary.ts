import { OUTCOMES, type Outcome } from '../../domain/outcome.ts';
import { PRIORITIES, type Priority, priorityOf } from '../../domain/priority.ts';
import type { Engine } from './engine.ts';
import { COMPLETED, type Recorder } from './recorder.ts';
import type { ComponentTally, RunResult, Tally, TimelinePoint } from './result.ts';
import { cdfOf, summarize } from './statistics.ts';

/** Longest timeline of a report, points. */
const MAX_POINTS = 300;

/** Sums up a finished run. */
export function resultOf(engine: Engine, algorithm: string, seed: number | string): RunResult {
  const { plan, recorder, chronicle, state, clock } = engine;
  const { warmUpMs, durationMs, windows, requests, components } = plan.scenario;
  const counts = new Counter(engine);
  const all = counts.select(warmUpMs, durationMs);
  const byPriority: Partial<Record<Priority, Tally>> = {};
  const byType: Record<string, Tally> = {};
  for (const [cls, priority] of PRIORITIES.entries()) {
    const some = all.filter((n) => recorder.cls[n] === cls);
    if (some.length > 0) byPriority[priority] = counts.tally(some, durationMs - warmUpMs);
  }
  for (const type of new Set(requests.map((one) => one.type))) {
    const some = all.filter((n) => requests[recorder.kind[n]!]!.type === type);
    byType[type] = counts.tally(some, durationMs - warmUpMs);
  }
  const { counters } = state.requests;
  const { algorithms } = state.selection;
  return {
    algorithm,
    seed,
    total: counts.tally(all, durationMs - warmUpMs),
    byPriority,
    byType,
    windows: Object.fromEntries(
      Object.entries(windows).map(([name, { fromMs, toMs }]) => [
        name,
        counts.tally(counts.select(fromMs, toMs), toMs - fromMs),
      ]),
    ),
    components: componentTallies(engine, all),
    timeline: timelineOf(recorder, durationMs, counts),
    cdf: cdfOf(counts.durations(all, recorder.latency, true).sort()),
    states: Object.fromEntries(chronicle.states),
    samples: { everyMs: chronicle.everyMs, queue: chronicle.queue, taken: chronicle.taken },
    remarks: chronicle.remarks,
    balancer: {
      picks: algorithms.counters.reduce((sum, { picks }) => sum + picks, 0),
      holds: algorithms.counters.reduce((sum, { holds }) => sum + holds, 0),
      retried: counters.retried,
      rerouted: counters.rerouted,
      probes: counters.probes,
      abandoned: counters.abandoned,
      dropped: counters.dropped,
      evicted: counters.evicted,
      failovers: state.mode.failovers,
      weights: Object.fromEntries(components.map(({ id }, i) => [id, state.fleet.components.weight[i]!])),
      strategies: Object.fromEntries(
        algorithms.adaptive.strategies.map((strategy, cls) => [priorityOf(cls), strategy]),
      ),
    },
    simulated: { requests: recorder.size, events: clock.fired, virtualMs: clock.now() },
  };
}

/** Counts what became of requests. */
class Counter {
  private readonly recorder: Recorder;
  private readonly deadlines: readonly number[];

  constructor({ recorder, plan }: Engine) {
    this.recorder = recorder;
    this.deadlines = plan.requests.map(({ scenario }) => scenario.deadlineMs ?? Number.POSITIVE_INFINITY);
  }

  /** Requests that arrived in [from, to). */
  select(fromMs: number, toMs: number): number[] {
    const { arrivedAt, size } = this.recorder;
    const chosen: number[] = [];
    for (let n = 0; n < size; n++) if (arrivedAt[n]! >= fromMs && arrivedAt[n]! < toMs) chosen.push(n);
    return chosen;
  }

  isGood(n: number): boolean {
    const { outcome, latency, kind } = this.recorder;
    return outcome[n] === COMPLETED && latency[n]! <= this.deadlines[kind[n]!]!;
  }

  durations(numbers: readonly number[], column: Float64Array, completedOnly: boolean): Float64Array {
    const { outcome } = this.recorder;
    const values = new Float64Array(numbers.length);
    let size = 0;
    for (const n of numbers) {
      if ((completedOnly && outcome[n] !== COMPLETED) || Number.isNaN(column[n]!)) continue;
      values[size++] = column[n]!;
    }
    return values.subarray(0, size);
  }

  tally(numbers: readonly number[], spanMs: number): Tally {
    const { outcome, latency, wait } = this.recorder;
    const counts = new Float64Array(OUTCOMES.length + 1);
    let good = 0;
    for (const n of numbers) {
      counts[outcome[n]!]!++;
      if (this.isGood(n)) good++;
    }
    const of = (which: Outcome): number => counts[OUTCOMES.indexOf(which) + 1]!;
    return {
      offered: numbers.length,
      outcomes: {
        completed: of('completed'),
        failed: of('failed'),
        timedOut: of('timedOut'),
        shed: of('shed'),
        rejected: of('rejected'),
        cancelled: of('cancelled'),
      },
      goodput: numbers.length === 0 ? 1 : good / numbers.length,
      goodPerSecond: (1000 * good) / spanMs,
      latency: summarize(this.durations(numbers, latency, true)),
      wait: summarize(this.durations(numbers, wait, false)),
    };
  }
}

function componentTallies(
  { plan, recorder, chronicle }: Engine,
  all: readonly number[],
): Record<string, ComponentTally> {
  const { warmUpMs, components } = plan.scenario;
  const served = new Float64Array(components.length);
  const completed = new Float64Array(components.length);
  for (const n of all) {
    const i = recorder.component[n]!;
    if (i < 0) continue;
    served[i]!++;
    if (recorder.outcome[n] === COMPLETED) completed[i]!++;
  }
  const samples = chronicle.taken.slice(Math.ceil(warmUpMs / chronicle.everyMs));
  return Object.fromEntries(
    components.map(({ id, capacity }, i) => {
      const taken = samples.reduce((sum, row) => sum + row[i]!, 0) / Math.max(1, samples.length);
      return [id, { served: served[i]!, completed: completed[i]!, utilization: taken / capacity }];
    }),
  );
}

function timelineOf(recorder: Recorder, durationMs: number, counts: Counter): TimelinePoint[] {
  const stepMs = Math.max(1000, 1000 * Math.ceil(durationMs / 1000 / MAX_POINTS));
  const points: TimelinePoint[] = [];
  let n = 0;
  for (let atMs = 0; atMs < durationMs; atMs += stepMs) {
    const first = n;
    const latencies: number[] = [];
    let good = 0;
    for (; n < recorder.size && recorder.arrivedAt[n]! < atMs + stepMs; n++) {
      if (counts.isGood(n)) good++;
      if (recorder.outcome[n] === COMPLETED) latencies.push(recorder.latency[n]!);
    }
    const { meanMs, p99Ms } = summarize(Float64Array.from(latencies));
    points.push({ atMs, offered: n - first, good, meanMs, p99Ms });
  }
  return points;
}
