import { describe, expect, it } from 'vitest';
import { ManualHandler, quick, Rig, type RigConfig } from '../support/rig.ts';

/** A component `c` of 10 slots under the test's hand, and a spare of 90. */
async function fleet(
  spec: Partial<{ check: () => unknown }> = {},
  config: Partial<RigConfig> = {},
): Promise<{ rig: Rig; work: ManualHandler }> {
  const work = new ManualHandler();
  const rig = await Rig.start({
    components: [
      { id: 'c', handler: work.handle, maxConcurrentTasks: 10, ...spec },
      quick('spare', { maxConcurrentTasks: 90 }),
    ],
    recovery: { jitter: 0 },
    ...config,
  });
  return { rig, work };
}

/** A check whose answers the test gives. */
class Check {
  calls = 0;
  private answer: (healthy: boolean) => void = () => {};

  readonly ask = (): Promise<boolean> => {
    this.calls++;
    return new Promise((resolve) => {
      this.answer = resolve;
    });
  };

  async say(rig: Rig, healthy: boolean): Promise<void> {
    this.answer(healthy);
    await rig.advance();
  }
}

const k = (rig: Rig): number | undefined => rig.balancer.getComponentCapacity('c')?.failuresInARow;

describe('a failed component with a check', () => {
  it('is probed after its cooldown, one check at a time, and is back after three good ones', async () => {
    const check = new Check();
    const { rig, work } = await fleet({ check: check.ask });
    rig.balancer.fail('c');
    await rig.advance(999);
    expect([check.calls, rig.stateOf('c')]).toEqual([0, 'failed.isolated']);
    await rig.advance(1);
    expect([check.calls, rig.stateOf('c')]).toEqual([1, 'failed.probing']);
    await check.say(rig, true);
    await check.say(rig, true);
    expect([check.calls, rig.stateOf('c')]).toEqual([3, 'failed.probing']);
    // its probes are checks: it gets no work
    await rig.execute({ preferredComponents: ['c'] }).promise;
    expect(work.runs).toEqual([]);
    await check.say(rig, true);
    expect(rig.balancer.getComponentCapacity('c')).toMatchObject({
      status: 'Available',
      failuresInARow: 1,
      availableSlots: 1,
    });
    expect(rig.of('component.statusChanged').map(({ to, reason }) => [to, reason])).toEqual([
      ['Failed', 'component.fail'],
      ['Available', 'recovered'],
    ]);
  });

  it('waits twice as long after each bad probe, up to the cap', async () => {
    const { rig } = await fleet({ check: () => false }, { recovery: { jitter: 0, maxDelayMs: 5_000 } });
    rig.balancer.fail('c');
    for (const [n, delay] of [1_000, 2_000, 4_000, 5_000, 5_000].entries()) {
      expect(k(rig)).toBe(n + 1);
      await rig.advance(delay - 1);
      expect(k(rig)).toBe(n + 1);
      await rig.advance(1);
    }
    expect(k(rig)).toBe(6);
    // none of these is a change of status
    expect(rig.of('component.statusChanged')).toHaveLength(1);
  });

  it('that hangs is a bad probe', async () => {
    const check = new Check();
    const { rig } = await fleet({ check: check.ask }, { checkTimeoutMs: 700 });
    rig.balancer.fail('c');
    await rig.advance(1_700);
    expect([k(rig), rig.stateOf('c')]).toEqual([2, 'failed.isolated']);
    // the answer to a check that was given up is no answer to the next
    await rig.advance(2_000);
    expect([check.calls, rig.stateOf('c')]).toEqual([2, 'failed.probing']);
  });
});

describe('a failed component without a check', () => {
  it('gets one real request at a time', async () => {
    const { rig, work } = await fleet();
    rig.balancer.fail('c');
    await rig.advance(1_000);
    for (let n = 1; n <= 3; n++) {
      rig.executeMany(5);
      await rig.advance();
      expect(work.runs).toHaveLength(n);
      expect(rig.stateOf('c')).toBe('failed.probing');
      work.last.resolve();
      await rig.advance();
    }
    expect(rig.stateOf('c')).toBe('operational.available');
    expect(rig.balancer.getLoadBalancingMetrics().attempts.probes).toBe(3);
  });

  it('whose probe fails is isolated, and the request goes elsewhere', async () => {
    const { rig, work } = await fleet();
    rig.balancer.fail('c');
    await rig.advance(1_000);
    const probe = rig.execute();
    await rig.advance();
    work.last.reject(new Error('still ill'));
    await rig.advance(100);
    expect(probe.value).toBe('spare');
    expect([k(rig), rig.stateOf('c')]).toEqual([2, 'failed.isolated']);
  });

  it('gets no money while other work comes, and money where nothing else ever does', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [
        { id: 'wallet', handler: work.handle, serves: ['WALLET_OPERATION'] },
        quick('spare', { maxConcurrentTasks: 90, serves: ['GENERAL'] }),
      ],
      recovery: { jitter: 0 },
    });
    rig.balancer.fail('wallet');
    await rig.advance(1_000);
    const first = rig.execute({ type: 'WALLET_OPERATION' });
    const second = rig.execute({ type: 'WALLET_OPERATION' });
    await rig.advance();
    expect(work.runs).toHaveLength(1);
    work.last.resolve('signed');
    await rig.advance();
    expect(first.value).toBe('signed');
    work.last.resolve('signed too');
    await rig.advance();
    expect(second.value).toBe('signed too');

    const { rig: mixed, work: atC } = await fleet();
    mixed.balancer.fail('c');
    mixed.execute();
    await mixed.advance(1_000);
    mixed.execute({ idempotent: false });
    await mixed.advance();
    expect(atC.runs).toEqual([]);
  });

  it.for<[string, (rig: Rig, work: ManualHandler) => Promise<void>]>([
    [
      'is cancelled before it has begun',
      async (rig) => {
        rig.execute({ id: 'p' });
        rig.balancer.cancel('p');
        await rig.advance();
      },
    ],
    [
      'is cancelled, and heeds its signal',
      async (rig, work) => {
        rig.execute({ id: 'p' });
        await rig.advance();
        rig.balancer.cancel('p');
        work.last.reject(new Error('aborted'));
        await rig.advance();
      },
    ],
    [
      'is cancelled, and never ends',
      async (rig) => {
        rig.execute({ id: 'p' });
        await rig.advance();
        rig.balancer.cancel('p');
        await rig.advance(1_000);
      },
    ],
    [
      'misses its deadline, and heeds its signal',
      async (rig, work) => {
        rig.execute({ deadline: rig.clock.now() + 10 });
        await rig.advance(10);
        work.last.reject(new Error('aborted'));
        await rig.advance();
      },
    ],
    [
      'times out because somebody blocked the event loop',
      async (rig) => {
        rig.execute({ timeoutMs: 500, maxRetries: 0 });
        await rig.advance();
        rig.clock.jump(5_000);
        await rig.advance(5_000);
      },
    ],
  ])('whose probe %s is none the worse, and is probed again after its cooldown at the latest', async ([, end]) => {
    const { rig, work } = await fleet();
    rig.balancer.fail('c');
    await rig.advance(1_000);
    await end(rig, work);
    expect(k(rig)).toBe(1);
    await rig.advance(1_000);
    expect([k(rig), rig.stateOf('c')]).toEqual([1, 'failed.probing']);
    const before = work.runs.length;
    rig.execute();
    await rig.advance();
    expect(work.runs).toHaveLength(before + 1);
  });

  it.for(['timeoutMs', 'deadline'])('whose probe hangs beyond its %s is isolated', async (bound) => {
    const { rig } = await fleet();
    rig.balancer.fail('c');
    await rig.advance(1_000);
    // nothing is known of how long such work takes: a second is long
    rig.execute(bound === 'timeoutMs' ? { timeoutMs: 1_000 } : { deadline: rig.clock.now() + 1_000 });
    await rig.advance(1_100);
    expect([k(rig), rig.stateOf('c')]).toEqual([2, 'failed.isolated']);
  });

  it('hears only of the probe that it waits for', async () => {
    const { rig, work } = await fleet({}, { abortGraceMs: 60_000 });
    rig.balancer.fail('c');
    await rig.advance(1_000);
    rig.execute({ timeoutMs: 100, maxRetries: 0 });
    await rig.advance(100);
    expect(k(rig)).toBe(2);
    await rig.advance(2_000);
    expect(rig.stateOf('c')).toBe('failed.probing');
    // the old probe comes in now: that says nothing about this probing
    work.runs[0]?.reject(new Error('late'));
    await rig.advance();
    expect([k(rig), rig.stateOf('c')]).toEqual([2, 'failed.probing']);
    rig.execute();
    await rig.advance();
    expect(work.runs).toHaveLength(2);
    // and so does one that was started before maintenance
    rig.balancer.drain('c');
    rig.balancer.resume('c');
    work.runs[1]?.reject(new Error('late'));
    await rig.advance();
    expect([k(rig), rig.stateOf('c')]).toEqual([2, 'failed.probing']);
  });
});

describe('a component that has recovered', () => {
  it('starts slowly, and each step is used at once', async () => {
    const { rig, work } = await fleet({ check: () => true });
    rig.balancer.drain('spare');
    rig.balancer.fail('c');
    // CRITICAL: anything less would be shed, having waited for a second
    rig.executeMany(10, { priority: 'CRITICAL' });
    await rig.advance(1_000);
    const { balancer } = rig;
    expect(balancer.getComponentCapacity('c')).toMatchObject({
      availableSlots: 1,
      effectiveWeight: 0.1,
      slotsTaken: 1,
    });
    await rig.advance(5_000);
    expect(balancer.getComponentCapacity('c')?.slotsTaken).toBe(6);
    expect(work.runs).toHaveLength(6);
    await rig.advance(5_000);
    expect(balancer.getComponentCapacity('c')).toMatchObject({
      availableSlots: 10,
      effectiveWeight: 1,
      slotsTaken: 10,
    });
  });

  it('and fails in its slow start begins anew, but what it has not proved by work is not forgotten', async () => {
    const { rig } = await fleet({ check: () => true });
    rig.balancer.fail('c');
    await rig.advance(3_000);
    rig.balancer.fail('c');
    expect(k(rig)).toBe(2);
    await rig.advance(2_000);
    expect(rig.balancer.getComponentCapacity('c')?.availableSlots).toBe(1);
  });
});

describe('the signs of failure', () => {
  const failTimes = async (
    rig: Rig,
    work: ManualHandler,
    count: number,
    error: object = new Error('mine'),
  ): Promise<void> => {
    for (let n = 0; n < count; n++) {
      rig.execute({ preferredComponents: ['c'], maxRetries: 0 });
      await rig.advance(10);
      work.last.reject(error);
      await rig.advance();
    }
  };

  it('six failures in a row eject where the others are idle; the caller’s own do not', async () => {
    const { rig, work } = await fleet();
    await failTimes(rig, work, 20, Object.assign(new Error('bad payload'), { callerFault: true }));
    await failTimes(rig, work, 5);
    expect(rig.stateOf('c')).toBe('operational.available');
    await failTimes(rig, work, 1);
    expect(rig.stateOf('c')).toBe('failed.isolated');
    expect(rig.of('component.statusChanged')).toMatchObject([
      { reason: 'consecutive failures: 6 (*, where its peers fail 5 %)' },
    ]);
  });

  it('time-outs and handlers that hang beyond their deadline count as failures', async () => {
    for (const bound of ['timeoutMs', 'deadline']) {
      const { rig } = await fleet();
      for (let n = 0; n < 6; n++) {
        rig.execute({
          preferredComponents: ['c'],
          maxRetries: 0,
          ...(bound === 'timeoutMs' ? { timeoutMs: 50 } : { deadline: rig.clock.now() + 50 }),
        });
        await rig.advance(10);
      }
      await rig.advance(1_050);
      expect(rig.of('component.statusChanged').map(({ to }) => to)).toContain('Failed');
    }
  });

  it.for(['a check', 'a report'])(
    'three bad ones in a row of %s fail it, a good one between does not',
    async (kind) => {
      const answers = [false, false, true, false, false, false];
      const { rig } = await fleet(kind === 'a check' ? { check: () => answers.shift() } : {}, {
        healthCheckIntervalMs: 1_000,
      });
      for (let n = 0; n < 6; n++) {
        expect(rig.stateOf('c')).toBe('operational.available');
        if (kind === 'a check') await rig.advance(1_000);
        else {
          const healthy = answers.shift() ?? true;
          rig.balancer.actor.send({ type: 'component.reportHealth', componentId: 'c', healthy, reason: 'hot' });
        }
      }
      await rig.advance();
      expect(rig.stateOf('c')).toBe('failed.isolated');
      expect(rig.of('component.statusChanged')).toMatchObject([{ reason: kind === 'a report' ? 'hot' : /check/ }]);
    },
  );

  it('a round’s check goes on while the load goes up and down', async () => {
    const { rig, work } = await fleet(
      { check: () => new Promise(() => {}) },
      { healthCheckIntervalMs: 1_000, checkTimeoutMs: 900 },
    );
    for (let n = 0; n < 60 && rig.stateOf('c')?.startsWith('operational') === true; n++) {
      rig.executeMany(8, { preferredComponents: ['c'] });
      await rig.advance(50);
      for (const run of work.runs) run.resolve();
      await rig.advance(300);
    }
    expect(rig.stateOf('c')).toBe('failed.isolated');
  });
});
