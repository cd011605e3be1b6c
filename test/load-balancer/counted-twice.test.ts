import { describe, expect, it } from 'vitest';
import {
  dashboardSchema,
  type HandlerContext,
  LoadBalancer,
  type Outcome,
  type PlimsollError,
  PRIORITIES,
  type Priority,
  type WorkloadRequest,
} from '../../src/index.ts';
import { seededRandom, VirtualClock } from '../../src/testing.ts';

// What the metrics say against what the callers and the handlers of this test have counted themselves.

const OUTCOME_OF: Readonly<Partial<Record<PlimsollError['code'], Outcome>>> = {
  NO_ELIGIBLE_COMPONENT: 'rejected',
  QUEUE_FULL: 'rejected',
  LOAD_SHED: 'shed',
  REQUEST_CANCELLED: 'cancelled',
  DEADLINE_EXCEEDED: 'timedOut',
  REQUEST_TIMEOUT: 'timedOut',
  HANDLER_FAILED: 'failed',
};

const outcomeOf = ({ code, reason }: PlimsollError): Outcome => {
  const outcome = reason === 'infeasible' ? 'rejected' : OUTCOME_OF[code];
  if (outcome === undefined) throw new Error(`no outcome for ${code}`);
  return outcome;
};

/** The calls of one component's handler, as the handler itself sees them. */
interface Calls {
  started: number;
  succeeded: number;
  failed: number;
  aborted: number;
  running: number;
  most: number;
}

const zero = (): Record<Outcome | 'submitted', number> => ({
  submitted: 0,
  completed: 0,
  failed: 0,
  timedOut: 0,
  shed: 0,
  rejected: 0,
  cancelled: 0,
});

class Count {
  readonly all = zero();
  readonly byPriority = new Map<Priority, Record<Outcome | 'submitted', number>>(PRIORITIES.map((p) => [p, zero()]));
  readonly latencies: number[] = [];
  readonly calls = new Map<string, Calls>();

  submitted(priority: Priority): void {
    this.all.submitted++;
    this.byPriority.get(priority)!.submitted++;
  }

  settled(priority: Priority, outcome: Outcome): void {
    this.all[outcome]++;
    this.byPriority.get(priority)![outcome]++;
  }

  of(id: string): Calls {
    let calls = this.calls.get(id);
    if (calls === undefined) {
      calls = { started: 0, succeeded: 0, failed: 0, aborted: 0, running: 0, most: 0 };
      this.calls.set(id, calls);
    }
    return calls;
  }

  sum(key: keyof Calls): number {
    return [...this.calls.values()].reduce((sum, calls) => sum + calls[key], 0);
  }
}

/** A handler that counts; its work takes up to 60 ms, a tenth of it fails. It ends as soon as it is aborted. */
const counting = (id: string, count: Count, clock: VirtualClock, random: () => number) => {
  const calls = count.of(id);
  return (_: WorkloadRequest, { signal }: HandlerContext): Promise<string> =>
    new Promise((resolve, reject) => {
      calls.started++;
      calls.most = Math.max(calls.most, ++calls.running);
      const fails = random() < 0.1;
      const timer = clock.setTimeout(() => end(fails ? 'failed' : 'succeeded'), random() * 60);
      const end = (how: 'succeeded' | 'failed' | 'aborted'): void => {
        clock.clearTimeout(timer);
        calls[how]++;
        calls.running--;
        if (how === 'succeeded') resolve(id);
        else reject(how === 'failed' ? new Error('no') : signal.reason);
      };
      signal.addEventListener('abort', () => end('aborted'));
    });
};

async function busy(seed: number): Promise<{ balancer: LoadBalancer; count: Count; clock: VirtualClock }> {
  const random = seededRandom(seed);
  const clock = new VirtualClock(50_000);
  const count = new Count();
  const component = (id: string, maxConcurrentTasks: number, serves?: string[]) => ({
    id,
    maxConcurrentTasks,
    ...(serves === undefined ? {} : { serves }),
    handler: counting(id, count, clock, random),
  });
  const balancer = await LoadBalancer.start({
    clock,
    random: seededRandom(seed + 1),
    logger: false,
    statePath: null,
    maxQueueSize: 8,
    retry: { baseMs: 20, capMs: 100 },
    queueTimeoutMs: 150,
    requestTimeoutMs: 55,
    abortGraceMs: 5,
    healthCheckIntervalMs: 1_000_000,
    outlier: { consecutiveFailures: 50, minFailures: 1_000 },
    components: [component('a', 4), component('b', 2), component('c', 2, ['PRICE_UPDATE'])],
  });
  const pick = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  for (let k = 0; k < 4_000; k++) {
    const priority = pick(...PRIORITIES);
    const cancel = new AbortController();
    const at = clock.now();
    count.submitted(priority);
    balancer
      .execute(
        {
          type: pick('GENERAL', 'PRICE_UPDATE', 'HEALTH_CHECK'),
          priority,
          ...(random() < 0.3 ? { deadline: at + random() * 200 } : {}),
          ...(random() < 0.02 ? { excludedComponents: ['a', 'b', 'c'] } : {}),
          ...(random() < 0.5 ? { maxRetries: 1 } : {}),
        },
        { signal: cancel.signal },
      )
      .then(
        () => {
          count.settled(priority, 'completed');
          count.latencies.push(clock.now() - at);
        },
        (error: PlimsollError) => count.settled(priority, outcomeOf(error)),
      );
    if (random() < 0.03) clock.setTimeout(() => cancel.abort(), random() * 50);
    await clock.advance(random() < 0.8 ? random() * 8 : random() * 30);
  }
  return { balancer, count, clock };
}

describe.for([1, 2])('the metrics of a busy day (seed %i)', (seed) => {
  it('agree with those who were there', { timeout: 60_000 }, async () => {
    const { balancer, count, clock } = await busy(seed);
    const look = (): void => {
      const metrics = balancer.getLoadBalancingMetrics();
      expect(JSON.parse(JSON.stringify(metrics))).toEqual(metrics);
      const { queued, inFlight, awaitingRetry, ...requests } = metrics.requests;
      expect(requests).toEqual(count.all);
      for (const [priority, counted] of count.byPriority)
        expect(metrics.requestsByPriority[priority]).toMatchObject(counted);
      const open = requests.submitted - count.all.completed - count.all.failed - count.all.timedOut;
      expect(queued + inFlight + awaitingRetry).toBe(open - count.all.shed - count.all.rejected - count.all.cancelled);
      expect(metrics.attempts.started).toBe(count.sum('started'));
      expect(metrics.slots.taken).toBe(count.sum('running'));
      for (const [id, calls] of count.calls) {
        const { started, succeeded, failed, aborted, timedOut, slotsTaken, maxConcurrentTasks } =
          metrics.components[id]!;
        expect({ started, succeeded, failed, aborted, running: slotsTaken }).toEqual({
          started: calls.started,
          succeeded: calls.succeeded,
          failed: calls.failed,
          aborted: calls.aborted,
          running: calls.running,
        });
        expect(started).toBe(succeeded + failed + aborted + slotsTaken);
        expect(timedOut).toBeLessThanOrEqual(aborted);
        expect(calls.most).toBeLessThanOrEqual(maxConcurrentTasks);
      }
      const { completed, submitted, cancelled } = count.all;
      const settled = submitted - queued - inFlight - awaitingRetry;
      expect(metrics.successRate).toBeCloseTo(completed / (settled - cancelled), 9);
      const { responseTime } = metrics;
      const sorted = count.latencies.toSorted((x, y) => x - y);
      expect(responseTime.count).toBe(sorted.length);
      expect(responseTime.meanMs).toBeCloseTo(sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length, 6);
      expect(responseTime.maxMs).toBeCloseTo(sorted.at(-1)!, 6);
      for (const [key, q] of [
        ['p50Ms', 0.5],
        ['p99Ms', 0.99],
      ] as const) {
        const exact = sorted[Math.ceil(q * sorted.length) - 1]!;
        expect(Math.abs(responseTime[key] / exact - 1)).toBeLessThan(0.032);
      }

      const dashboard = balancer.getLoadBalancerDashboardData();
      expect(dashboardSchema.parse(JSON.parse(JSON.stringify(dashboard)))).toEqual(dashboard);
      expect(dashboard.requests).toEqual({ ...metrics.requests, conservationError: 0 });
      expect(dashboard.components.map(({ id, succeeded, failed }) => ({ id, succeeded, failed }))).toEqual(
        [...count.calls].map(([id, { succeeded, failed }]) => ({ id, succeeded, failed })),
      );
    };
    look();
    // every kind of end was there to be counted
    expect(Math.min(...Object.values(count.all))).toBeGreaterThan(0);
    // a handler that was told to end is not waited for, and is not heard once the balancer has stopped
    await clock.advance(500);
    const stopped = balancer.stop();
    await clock.advance(10_000);
    await stopped;
    look();
    expect(count.sum('running')).toBe(0);
  });
});
