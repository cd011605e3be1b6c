import { describe, expect, it } from 'vitest';
import { type Clock, LoadBalancer } from '../../src/index.ts';
import { VirtualClock } from '../../src/testing.ts';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

const HOUR = 3_600_000;

describe('a clock that jumps forward an hour', () => {
  it('ends what is overdue, holds it against nobody, and goes on', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 8, check: () => true }],
      maxRetries: 0,
    });
    const tracked = rig.executeMany(10);
    await rig.advance();
    rig.clock.jump(HOUR);
    await rig.advance();
    expect(tracked.map(({ error }) => error?.code)).toEqual([
      ...Array.from({ length: 8 }, () => 'REQUEST_TIMEOUT'),
      ...Array.from({ length: 2 }, () => 'DEADLINE_EXCEEDED'),
    ]);
    expect(rig.stateOf('a')).toMatch(/^operational/);
    expect(rig.balancer.getLoadBalancingMetrics().components.a?.failed).toBe(0);
    await rig.advance(1_000);
    expect(rig.balancer.getComponentCapacity('a')?.slotsTaken).toBe(0);
    const next = rig.execute();
    await rig.advance();
    work.last.resolve('next');
    await rig.advance();
    expect(next.value).toBe('next');
    expect(rig.of('component.statusChanged').filter(({ to }) => to === 'Failed')).toEqual([]);
  });

  it('lets a component be probed, not forgotten', async () => {
    const rig = await Rig.start({ components: [quick('a', { check: () => true }), quick('b')] });
    rig.balancer.fail('a');
    rig.clock.jump(HOUR);
    await rig.advance(1);
    expect(rig.stateOf('a')).toBe('operational.available');
  });

  it('leaves nothing of the forecasts, rates and quantiles that is no number', async () => {
    const rig = await Rig.start({ components: [quick('a'), quick('b')] });
    for (let n = 0; n < 30; n++) await rig.execute().promise;
    rig.clock.jump(100 * 24 * HOUR);
    await rig.advance(120_000);
    for (let n = 0; n < 30; n++) await rig.execute().promise;
    const text = JSON.stringify(rig.balancer.getLoadBalancingMetrics());
    // JSON has no NaN: it would be null
    expect(text).not.toContain('null');
  });
});

describe('a clock that goes backwards', () => {
  /** Two faces of one clock: timers go by the virtual one, and `now` is set back at will. */
  function twoFaced(): { clock: Clock; inner: VirtualClock; back: (ms: number) => void } {
    const inner = new VirtualClock(10 * HOUR);
    let offset = 0;
    return {
      inner,
      back: (ms) => {
        offset += ms;
      },
      clock: {
        now: () => inner.now() - offset,
        setTimeout: (callback, ms) => inner.setTimeout(callback, ms),
        clearTimeout: (id) => inner.clearTimeout(id),
      },
    };
  }

  it('is taken as it is now: time-outs, deadlines and cooldowns go on from where they were', async () => {
    const { clock, inner, back } = twoFaced();
    const balancer = await LoadBalancer.start({
      components: [{ id: 'a', handler: () => new Promise(() => {}) }, quick('b', { serves: ['B'], check: () => true })],
      clock,
      statePath: null,
      logger: false,
      maxRetries: 0,
      requestTimeoutMs: 2_000,
      recovery: { jitter: 0 },
    });
    const ends: string[] = [];
    const run = (name: string, extra: object = {}): void => {
      balancer.execute({ type: 'GENERAL', ...extra }).catch(({ code }) => ends.push(`${name}: ${code}`));
    };
    run('before');
    balancer.fail('b');
    await inner.advance(500);
    back(HOUR);
    run('after', { deadline: clock.now() + 1_000 });
    await inner.advance(600);
    expect(balancer.getComponentCapacity('b')?.status).toBe('Available');
    await inner.advance(400);
    expect(ends).toEqual(['after: DEADLINE_EXCEEDED']);
    await inner.advance(500);
    expect(ends).toEqual(['after: DEADLINE_EXCEEDED', 'before: REQUEST_TIMEOUT']);
    expect(balancer.getLoadBalancingMetrics().uptimeMs).toBe(2_000);
    await Promise.all([balancer.stop({ drain: false }), inner.advance(1)]);
  });

  it('or tells no time at all, stops nothing', async () => {
    const { clock, inner } = twoFaced();
    let broken = false;
    const balancer = await LoadBalancer.start({
      components: [quick('a')],
      clock: { ...clock, now: () => (broken ? Number.NaN : clock.now()) },
      statePath: null,
      logger: false,
    });
    broken = true;
    expect(await balancer.execute({ type: 'x' })).toBe('a');
    broken = false;
    await inner.advance(1_000);
    expect(balancer.getLoadBalancingMetrics().uptimeMs).toBe(1_000);
    await Promise.all([balancer.stop(), inner.advance(1)]);
  });
});

describe('what calls back in', () => {
  it('as a handler gets a real answer', async () => {
    const answers: unknown[] = [];
    const rig: Rig = await Rig.start({
      components: [
        {
          id: 'a',
          maxConcurrentTasks: 5,
          async handler({ payload }) {
            if (payload !== 'outer') return 'inner';
            answers.push(rig.balancer.submitRequest({ type: 'x' }));
            answers.push(rig.balancer.cancel('victim'));
            answers.push(rig.balancer.drain('b'));
            answers.push(rig.balancer.drain('b'));
            answers.push(rig.balancer.selectComponent({ type: 'x' }));
            answers.push(rig.counts.submitted);
            return rig.balancer.execute({ type: 'x' });
          },
        },
        { id: 'b', handler: () => new Promise(() => {}) },
      ],
    });
    const victim = rig.execute({ id: 'victim', preferredComponents: ['b'] });
    const outer = rig.execute({ payload: 'outer', preferredComponents: ['a'] });
    await rig.advance();
    expect(answers).toEqual([true, true, true, false, 'a', 3]);
    expect(outer.value).toBe('inner');
    expect(victim.error?.code).toBe('REQUEST_CANCELLED');
    rig.balancer.resume('b');
  });

  it('as a listener gets a real answer, and may stop all', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    const off = rig.balancer.on('request.completed', ({ requestId }) => {
      if (requestId === 'two') off();
      if (requestId === 'one') expect(rig.balancer.submitRequest({ type: 'x', id: 'two' })).toBe(true);
      else void rig.balancer.stop();
    });
    rig.execute({ id: 'one' });
    await rig.advance();
    expect(rig.counts.completed).toBe(2);
    expect(rig.hasStopped).toBe(true);
  });

  it('as a check or a replyTo gets a real answer', async () => {
    const answers: unknown[] = [];
    const rig: Rig = await Rig.start({
      components: [
        quick('a', {
          check() {
            answers.push(rig.balancer.pauseDispatch(), rig.balancer.pauseDispatch(), rig.balancer.resumeDispatch());
          },
        }),
      ],
    });
    await rig.advance(10_000);
    expect(answers).toEqual([true, false, true]);
    rig.balancer.actor.send({
      type: 'request.submit',
      request: { type: 'x' },
      replyTo: { send: () => answers.push(rig.balancer.submitRequest({ type: 'x' })) },
    });
    await rig.advance();
    expect(answers[3]).toBe(true);
    expect(rig.counts.completed).toBe(2);
  });
});
