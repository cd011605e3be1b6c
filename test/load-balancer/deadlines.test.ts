import { mock } from 'node:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type Clock,
  InvalidRequestError,
  LoadBalancer,
  type LoadBalancerConfig,
  type WorkloadRequest,
} from '../../src/index.ts';
import { mockableClock, VirtualClock } from '../../src/testing.ts';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

const HOUR = 3_600_000;

/** A clock that nobody sets, beside the wall clock that callers go by, which anybody may. */
class TwoClocks implements Clock {
  readonly inner = new VirtualClock(1_000_000);
  offset = 0;
  readonly now = (): number => this.inner.now();
  readonly wall = (): number => this.inner.now() + this.offset;
  readonly setTimeout = (callback: () => void, ms: number): unknown => this.inner.setTimeout(callback, ms);
  readonly clearTimeout = (id: unknown): void => this.inner.clearTimeout(id);
}

/** Two requests at a time, which never end of themselves. */
async function hanging(
  config: Partial<LoadBalancerConfig> = {},
  clock = new TwoClocks(),
): Promise<{
  clock: TwoClocks;
  balancer: LoadBalancer;
  seen: (number | undefined)[];
  /** When it missed its deadline, ms from the call; undefined while it has not. */
  missed: (request: Partial<WorkloadRequest>) => () => number | string | undefined;
}> {
  const seen: (number | undefined)[] = [];
  const balancer = await LoadBalancer.start({
    components: [
      {
        id: 'a',
        maxConcurrentTasks: 2,
        handler: (_, context) => {
          seen.push(context.deadline);
          return new Promise(() => {});
        },
      },
    ],
    clock,
    statePath: null,
    logger: false,
    requestTimeoutMs: 10 * HOUR,
    ...config,
  });
  const missed = (request: Partial<WorkloadRequest>) => {
    const from = clock.now();
    let end: number | string | undefined;
    balancer.execute({ type: 'A', ...request }).catch((error) => {
      end = error.code === 'DEADLINE_EXCEEDED' ? clock.now() - from : error.code;
    });
    return () => end;
  };
  return { clock, balancer, seen, missed };
}

describe('deadlineInMs', () => {
  it.for<[string, number]>([
    ['of a request that runs', 1],
    ['of one that waits', 3],
  ])('%s counts from the call', async ([, count]) => {
    const { clock, missed } = await hanging();
    const ends = Array.from({ length: count }, () => missed({ deadlineInMs: 250 }));
    await clock.inner.advance(249);
    expect(ends.map((end) => end())).toEqual(ends.map(() => undefined));
    await clock.inner.advance(1);
    expect(ends.map((end) => end())).toEqual(ends.map(() => 250));
  });

  it('counts from the call, not from when its tick was over', async () => {
    const { clock, missed } = await hanging();
    const first = missed({ deadlineInMs: 100 });
    clock.inner.jump(40); // as code that blocks does
    const second = missed({ deadlineInMs: 100 });
    await clock.inner.advance(60);
    expect([first(), second()]).toEqual([100, undefined]);
    await clock.inner.advance(40);
    expect(second()).toBe(100);
  });

  it('is over when its own tick took longer', async () => {
    const { clock, balancer } = await hanging();
    const late = balancer.execute({ type: 'A', deadlineInMs: 30 });
    clock.inner.jump(40);
    await expect(late).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', reason: 'infeasible' });
  });

  it('is what a handler sees as its deadline, in whatever way it was submitted', async () => {
    const rig = await Rig.start({ components: [{ id: 'a', handler: (_, { deadline }) => deadline }] });
    const now = rig.clock.now();
    expect(await rig.balancer.execute({ type: 'A', deadlineInMs: 70 })).toBe(now + 70);
    rig.balancer.submitRequest({ type: 'A', deadlineInMs: 80 });
    rig.balancer.actor.send({ type: 'request.submit', request: { type: 'A', deadlineInMs: 90 } });
    await rig.advance();
    expect(rig.of('request.completed').map(({ result }) => result)).toEqual([now + 70, now + 80, now + 90]);
  });

  it('bounds the wait for room', async () => {
    const { clock, balancer, missed } = await hanging({ maxQueueSize: 1 });
    for (let n = 0; n < 3; n++) missed({});
    let code: unknown;
    balancer.execute({ type: 'A', deadlineInMs: 50 }, { whenFull: 'wait' }).catch((error) => {
      code = error.code;
    });
    await clock.inner.advance(49);
    expect(code).toBeUndefined();
    await clock.inner.advance(1);
    expect(code).toBe('DEADLINE_EXCEEDED');
  });

  it.for([[0], [-1], [Number.NaN], [Number.POSITIVE_INFINITY], ['50'], [null]])('%j is refused', async ([value]) => {
    const { balancer } = await hanging();
    const outcome = balancer.execute({ type: 'A', deadlineInMs: value } as WorkloadRequest);
    await expect(outcome).rejects.toThrow(InvalidRequestError);
    await expect(outcome).rejects.toThrow('deadlineInMs');
  });

  it('is refused together with deadline', async () => {
    const { balancer, clock } = await hanging();
    const both = { type: 'A', deadlineInMs: 50, deadline: clock.now() + 50 };
    await expect(balancer.execute(both)).rejects.toThrow('deadlineInMs: not together with deadline');
    expect(() => balancer.selectComponent(both)).toThrow(InvalidRequestError);
  });
});

describe('a deadline by a wall clock that is set', () => {
  it.for<[string, number]>([
    ['back by a minute', -60_000],
    ['forward by eight hours', 8 * HOUR],
    ['back to 1970', -1_000_000],
  ])('%s means what it says at the call', async ([, step]) => {
    const { clock, missed, seen } = await hanging({ maxQueueSize: 100 });
    const earlier = missed({ deadline: clock.wall() + 2_000 });
    await clock.inner.advance(500);
    clock.offset += step;
    const later = missed({ deadline: clock.wall() + 2_000 });
    await clock.inner.advance(1_499);
    expect([earlier(), later()]).toEqual([undefined, undefined]);
    await clock.inner.advance(1);
    // what was submitted before is not moved by it
    expect([earlier(), later()]).toEqual([2_000, undefined]);
    await clock.inner.advance(500);
    expect(later()).toBe(2_000);
    // handlers see it by the clock that callers and they themselves read
    expect(seen[1]).toBe(1_000_500 + step + 2_000);
  });

  it.for(['messages', 'submitRequest'])('is so with %s too', async (way) => {
    const work = new ManualHandler();
    const { clock, balancer } = await hanging({ components: [{ id: 'a', handler: work.handle }] });
    const submit = (request: WorkloadRequest): void => {
      if (way === 'messages') balancer.actor.send({ type: 'request.submit', request });
      else balancer.submitRequest(request);
    };
    submit({ type: 'A', deadline: clock.wall() + 100 });
    clock.offset = HOUR;
    submit({ type: 'A', deadline: clock.wall() + 100 });
    await clock.inner.advance(99);
    expect(work.runs.map(({ context }) => context.signal.aborted)).toEqual([false, false]);
    await clock.inner.advance(1);
    expect(work.runs.map(({ context }) => context.signal.aborted)).toEqual([true, true]);
  });

  it.for<[string, () => number]>([
    [
      'throws',
      () => {
        throw new Error('no wall');
      },
    ],
    ['is no number', () => Number.NaN],
  ])('goes by the balancer’s clock where wall() %s', async ([, wall]) => {
    const { clock, missed } = await hanging({}, Object.assign(new TwoClocks(), { wall }));
    const end = missed({ deadline: clock.now() + 100 });
    await clock.inner.advance(99);
    expect(end()).toBeUndefined();
    await clock.inner.advance(1);
    expect(end()).toBe(100);
  });
});

describe('fake timers', () => {
  afterEach(() => {
    vi.useRealTimers();
    mock.timers.reset();
  });
  const components = [{ id: 'a', handler: () => new Promise(() => {}) }];
  const config: LoadBalancerConfig = { components, statePath: null, logger: false };

  it('with a mocked Date only, a deadline is not taken to have passed', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2020-01-01') });
    const balancer = await LoadBalancer.start({ ...config, components: [quick('a')] });
    expect(await balancer.execute({ type: 'A', deadline: Date.now() + 2_000 })).toBe('a');
    vi.setSystemTime(new Date('2031-01-01'));
    expect(await balancer.execute({ type: 'A', deadline: Date.now() + 2_000 })).toBe('a');
    await expect(balancer.execute({ type: 'A', deadline: Date.now() - 1 })).rejects.toThrow('had passed');
    await balancer.stop();
  });

  it.for<[string, Partial<WorkloadRequest>, string]>([
    ['a time-out', { timeoutMs: 500, maxRetries: 0 }, 'REQUEST_TIMEOUT'],
    ['a relative deadline', { deadlineInMs: 500 }, 'DEADLINE_EXCEEDED'],
  ])('move a balancer with mockableClock: %s', async ([, request, code]) => {
    vi.useFakeTimers();
    const balancer = await LoadBalancer.start({ ...config, clock: mockableClock });
    const failure = expect(balancer.execute({ type: 'A', ...request })).rejects.toMatchObject({ code });
    const absolute = balancer.execute({ type: 'A', deadline: Date.now() + 500 });
    const other = expect(absolute).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await vi.advanceTimersByTimeAsync(499);
    expect(balancer.getLoadBalancingMetrics().requests.inFlight).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all([failure, other]);
    const stopped = balancer.stop();
    await vi.runAllTimersAsync();
    await stopped;
  });

  it('of node:test move it too', async () => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    const balancer = await LoadBalancer.start({ ...config, clock: mockableClock });
    const failure = expect(balancer.execute({ type: 'A', deadlineInMs: 500 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    await Promise.resolve();
    mock.timers.tick(501);
    await failure;
    const stopped = balancer.stop({ drain: false });
    for (let k = 0; k < 50; k++) {
      mock.timers.tick(1_000);
      await Promise.resolve();
    }
    await stopped;
  });
});
