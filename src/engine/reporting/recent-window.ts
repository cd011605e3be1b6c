import type { RecentFigures } from '../../domain/metrics.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { WindowedQuantiles } from '../../lib/histogram/windowed-quantiles.ts';
import type { EngineView } from '../engine-view.ts';
import type { ComponentRecord } from '../membership/component-record.ts';

/** Recent figures cover between half of it and all, ms. The load monitor turns the window, and whoever reads does. */
const WINDOW_MS = 10_000;

/** What had been counted at an instant. */
interface Mark {
  at: number;
  completed: number;
  settled: number;
  /** By index of the component: whose they are, executions that had succeeded; decayed number and time of all that had ended. */
  readonly owner: (ComponentRecord | undefined)[];
  readonly succeeded: number[];
  readonly ends: number[];
  readonly response: number[];
}

const emptyMark = (): Mark => ({
  ...{ at: 0, completed: 0, settled: 0 },
  ...{ owner: [], succeeded: [], ends: [], response: [] },
});

/** The last seconds, as every view tells of them: what has been counted since a mark that is 5 to 10 s old. Recording costs nothing. */
export class RecentWindow {
  private readonly state: EngineView;
  private readonly response: WindowedQuantiles;
  private readonly queue: WindowedQuantiles;
  private older = emptyMark();
  private newer = emptyMark();

  constructor(state: EngineView) {
    this.state = state;
    this.response = new WindowedQuantiles(state.requests.outcomes.response, WINDOW_MS);
    this.queue = new WindowedQuantiles(state.requests.outcomes.queue, WINDOW_MS);
  }

  /** Time goes on. @param t ms since the balancer's time 0. */
  turn(t: number): void {
    if (t - this.newer.at < WINDOW_MS / 2) return;
    const spare = this.older;
    this.older = this.newer;
    this.newer = spare;
    this.mark(spare, t);
    this.response.advance(t);
    this.queue.advance(t);
  }

  figures(t: number): RecentFigures {
    this.turn(t);
    this.response.advance(t);
    this.queue.advance(t);
    const windowMs = t - this.older.at;
    const completed = this.state.requests.outcomes.count('completed') - this.older.completed;
    const settled = this.settled() - this.older.settled;
    const known = (quantiles: WindowedQuantiles, q: number): number | null =>
      quantiles.isEmpty ? null : quantiles.quantile(q);
    return {
      windowMs,
      successRate: settled > 0 ? completed / settled : null,
      throughputPerSecond: perSecond(completed, windowMs),
      p50Ms: known(this.response, 0.5),
      p99Ms: known(this.response, 0.99),
      queueP99Ms: known(this.queue, 0.99),
    };
  }

  /** Executions of a component that have succeeded, per second. */
  succeededPerSecond(record: ComponentRecord, t: number): number {
    this.turn(t);
    const { owner, succeeded, at } = this.older;
    const before = owner[record.index] === record ? succeeded[record.index]! : 0;
    return perSecond(record.succeeded - before, t - at);
  }

  /** Mean time of the executions of a component that have ended, and of other work that was reported; 0: there were none. */
  meanResponseMs(record: ComponentRecord, t: number): number {
    this.turn(t);
    const { performance } = this.state.fleet;
    const { index } = record;
    const { owner, ends, response, at } = this.older;
    const known = owner[index] === record;
    const kept = known ? Math.exp((at - t) / performance.slow.tauMs) : 0;
    const count = performance.recentEnds(index, t) - (known ? ends[index]! * kept : 0);
    const time = performance.recentResponse(index, t) - (known ? response[index]! * kept : 0);
    // less than a hundredth of an execution is what rounding leaves
    return count > 0.01 ? Math.max(0, time) / count : 0;
  }

  private mark(into: Mark, t: number): void {
    const { requests, fleet } = this.state;
    into.at = t;
    into.completed = requests.outcomes.count('completed');
    into.settled = this.settled();
    into.owner.length = fleet.records.length;
    for (const [i, record] of fleet.records.entries()) {
      into.owner[i] = record;
      if (record === undefined) continue;
      into.succeeded[i] = record.succeeded;
      into.ends[i] = fleet.performance.recentEnds(i, t);
      into.response[i] = fleet.performance.recentResponse(i, t);
    }
  }

  /** Requests that ended otherwise than by their caller's cancel. */
  private settled(): number {
    const { outcomes } = this.state.requests;
    return JUDGED.reduce((sum, outcome) => sum + outcomes.count(outcome), 0);
  }
}

const JUDGED = ['completed', 'failed', 'timedOut', 'shed', 'rejected'] as const satisfies Outcome[];

const perSecond = (count: number, windowMs: number): number => (count / Math.max(windowMs, 1)) * 1_000;
