import { type ComponentSpec, type Handler, LoadBalancer } from 'plimsoll';
import {
  blackHole,
  faultyHandler,
  flappingComponent,
  hangingComponent,
  seededRandom,
  slowComponent,
  VirtualClock,
} from 'plimsoll/testing';
import { describe, expect, it, vi } from 'vitest';
import { scripted } from '../../support/fleet.ts';

const SPEC: ComponentSpec = { id: 'a', maxConcurrentTasks: 100, handler: () => 'done' };

/** Runs one component until `at`, then executes so many requests without retries. */
async function run(component: ComponentSpec, { at = 0, requests = 1, timeoutMs = 500 } = {}) {
  const clock = new VirtualClock();
  const balancer = await LoadBalancer.start({
    components: [component],
    clock,
    random: seededRandom(1),
    logger: false,
    statePath: null,
    outlier: { consecutiveFailures: 1_000, failureRatio: 1_000 },
  });
  await clock.advance(at);
  const outcomes: string[] = [];
  const causes: unknown[] = [];
  for (let k = 0; k < requests; k++) {
    balancer.execute({ type: 'GENERAL', payload: 7, maxRetries: 0, timeoutMs }).then(
      (result) => outcomes.push(`${clock.now() - at}: ${String(result)}`),
      (error: Error) => {
        outcomes.push(`${clock.now() - at}: ${error.name}`);
        causes.push(error.cause);
      },
    );
  }
  await clock.advance(10_000);
  const metrics = balancer.getLoadBalancingMetrics();
  const stopped = balancer.stop({ drain: false });
  await clock.advance(0);
  await stopped;
  return { outcomes, causes, metrics, pending: clock.pending };
}

const withHandler = (handler: Handler): ComponentSpec => ({ ...SPEC, handler });

describe('faultyHandler', () => {
  it('does each thing as often as it was told', async () => {
    const handler = faultyHandler({
      random: scripted(0.05, 0.15, 0.25, 0.35, 0.45),
      throws: 0.1,
      fails: 0.1,
      hangs: 0.1,
      slow: 0.1,
      slowMs: 200,
      afterMs: 10,
      handler: () => 'done',
    });
    const { outcomes, pending } = await run(withHandler(handler), { requests: 5 });
    expect(outcomes).toEqual([
      '0: HandlerError',
      '0: done',
      '10: HandlerError',
      '200: done',
      '500: RequestTimeoutError',
    ]);
    expect(pending).toBe(0);
  });

  it('gives the payload back when it is healthy and has no handler', async () => {
    const handler = faultyHandler({ random: seededRandom(1) });
    expect((await run(withHandler(handler))).outcomes).toEqual(['0: 7']);
  });

  it('is abandoned when it hangs and ignores its signal', async () => {
    const handler = faultyHandler({ random: seededRandom(1), hangs: 1, ignoresAbort: true });
    expect((await run(withHandler(handler))).metrics.attempts.abandoned).toBe(1);
  });

  it('throws what it is told to', async () => {
    const error = new Error('mine');
    const handler = faultyHandler({ random: seededRandom(1), throws: 1, error: () => error });
    expect((await run(withHandler(handler))).causes).toEqual([error]);
  });

  it('refuses shares that are none', () => {
    const random = seededRandom(1);
    expect(() => faultyHandler({ random, fails: 1.5 })).toThrow(RangeError);
    expect(() => faultyHandler({ random, hangs: Number.NaN })).toThrow(RangeError);
    expect(() => faultyHandler({ random, fails: 0.6, slow: 0.6 })).toThrow(RangeError);
  });
});

describe('slowComponent', () => {
  it('takes longer within its window', async () => {
    const slow = slowComponent(SPEC, { extraMs: 70, from: 100, until: 200 });
    expect((await run(slow, { at: 99 })).outcomes).toEqual(['0: done']);
    expect((await run(slow, { at: 100 })).outcomes).toEqual(['70: done']);
    expect((await run(slow, { at: 200 })).outcomes).toEqual(['0: done']);
    expect((await run(slowComponent(SPEC), { timeoutMs: 2_000 })).outcomes).toEqual(['1000: done']);
  });
});

describe('hangingComponent', () => {
  it('never settles within its window, unless its signal aborts', async () => {
    const { outcomes, metrics } = await run(hangingComponent(SPEC, { until: 50 }));
    expect(outcomes).toEqual(['500: RequestTimeoutError']);
    expect(metrics.attempts.abandoned).toBe(0);
    expect((await run(hangingComponent(SPEC, { until: 50 }), { at: 50 })).outcomes).toEqual(['0: done']);
    expect((await run(hangingComponent(SPEC, { ignoresAbort: true }))).metrics.attempts.abandoned).toBe(1);
  });

  it('leaves its health check without an answer', async () => {
    const checked = hangingComponent({ ...SPEC, check: () => true }, { until: 9_000 });
    expect((await run(checked, { at: 60_000 })).metrics.components.a!.status).toBe('Available');
    const always = hangingComponent({ ...SPEC, check: () => true });
    expect((await run(always, { at: 60_000 })).metrics.components.a!.status).toBe('Failed');
  });
});

describe('flappingComponent', () => {
  it('fails while it is down, its check too', async () => {
    const check = vi.fn(() => true);
    const flapping = flappingComponent({ ...SPEC, check }, { upMs: 100, downMs: 49 });
    expect((await run(flapping, { at: 99 })).outcomes).toEqual(['0: done']);
    expect((await run(flapping, { at: 100 })).outcomes).toEqual(['0: HandlerError']);
    expect((await run(flapping, { at: 148 })).outcomes).toEqual(['0: HandlerError']);
    expect((await run(flapping, { at: 149 })).outcomes).toEqual(['0: done']);
    expect(check).toHaveBeenCalled();
    const down = flappingComponent({ ...SPEC, check }, { upMs: 1, downMs: 1e9 });
    expect((await run(down, { at: 60_000 })).metrics.components.a!.status).toBe('Failed');
  });

  it('refuses periods that are none', () => {
    expect(() => flappingComponent(SPEC, { upMs: 0, downMs: 1 })).toThrow(RangeError);
    expect(() => flappingComponent(SPEC, { upMs: 1, downMs: Number.NaN })).toThrow(RangeError);
  });
});

describe('blackHole', () => {
  it('fails everything quickly within its window, and says that it is well', async () => {
    const hole = blackHole({ ...SPEC, check: () => false }, { until: 40_000 });
    const { outcomes, metrics } = await run(hole, { at: 15_000 });
    expect(outcomes).toEqual(['1: HandlerError']);
    expect(metrics.components.a!.status).toBe('Available');
    expect((await run(blackHole(SPEC, { from: 10, afterMs: 3 }), { at: 10 })).outcomes).toEqual(['3: HandlerError']);
    expect((await run(blackHole(SPEC, { from: 10 }))).outcomes).toEqual(['0: done']);
  });
});

describe('a component around a worker', () => {
  it('keeps its life', async () => {
    const attach = vi.fn();
    const close = vi.fn();
    const worker = { handle: () => 'done', attach, close };
    const { outcomes } = await run(slowComponent({ ...SPEC, handler: worker }, { extraMs: 5 }));
    expect(outcomes).toEqual(['5: done']);
    expect(attach).toHaveBeenCalledOnce();
    expect(close).toHaveBeenCalledOnce();
  });
});
