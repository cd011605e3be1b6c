import { describe, expect, it } from 'vitest';
import { type ComponentSpec, InvalidConfigError, LoadBalancer, type LoadBalancerConfig } from '../../src/index.ts';
import { ManualHandler, quick, Rig, type RigConfig } from '../support/rig.ts';

/** A component that does nothing twice, and whoever else there is; a request for it that says it may run twice. */
async function paying(
  others: readonly ComponentSpec[] = [],
  settings: Partial<RigConfig> = {},
): Promise<{ rig: Rig; work: ManualHandler }> {
  const work = new ManualHandler();
  const wallet = { id: 'wallet', idempotent: false, maxConcurrentTasks: 4, handler: work.handle };
  const rig = await Rig.start({ components: [wallet, ...others], abortGraceMs: 10, ...settings });
  return { rig, work };
}

const WITHDRAWAL = { type: 'WITHDRAWAL', idempotent: true, preferredComponents: ['wallet'] };

describe('a component with idempotent: false', () => {
  it.for<[string, object]>([
    ['an error', new Error('connection reset')],
    ['an unknown outcome', Object.assign(new Error('the thread ended'), { code: 'OUTCOME_UNKNOWN' })],
    ['an error with retryable: false', Object.assign(new Error('no'), { retryable: false })],
  ])('is not asked twice after %s', async ([, error]) => {
    const { rig, work } = await paying([quick('spare')]);
    const payment = rig.execute(WITHDRAWAL);
    await rig.advance();
    work.last.reject(error);
    await rig.advance(60_000);
    expect(work.runs).toHaveLength(1);
    expect(payment.error?.reason).toBe('notRetryable');
  });

  it('says in the error why it is not', async () => {
    const { rig, work } = await paying();
    const payment = rig.execute(WITHDRAWAL);
    await rig.advance();
    work.last.reject(new Error('connection reset'));
    await rig.advance(1_000);
    expect(payment.error?.message).toContain('what this component does may not run twice (idempotent: false)');
  });

  it('is not asked twice after a time-out, abandoned or not', async () => {
    const { rig, work } = await paying([quick('spare')]);
    const payment = rig.execute({ ...WITHDRAWAL, timeoutMs: 50 });
    await rig.advance(60_000);
    expect(payment.error?.code).toBe('REQUEST_TIMEOUT');
    expect(work.runs).toHaveLength(1);
    expect(rig.balancer.getLoadBalancingMetrics().components.wallet?.abandoned).toBe(1);
  });

  it.for<[string, (rig: Rig) => void]>([
    ['fails', ({ balancer }) => balancer.fail('wallet')],
    ['is deregistered by force', ({ balancer }) => balancer.deregister('wallet', { force: true })],
  ])('is awaited when it %s', async ([, end]) => {
    const { rig, work } = await paying([quick('spare')]);
    const payment = rig.execute(WITHDRAWAL);
    await rig.advance();
    end(rig);
    await rig.advance(100);
    expect(work.last.context.signal.aborted).toBe(false);
    work.last.resolve('paid');
    await rig.advance();
    expect(payment.value).toBe('paid');
    expect(work.runs).toHaveLength(1);
  });

  it('does not keep work that has not begun', async () => {
    const { rig, work } = await paying([quick('spare')]);
    const payment = rig.execute(WITHDRAWAL);
    rig.balancer.fail('wallet');
    await rig.advance();
    expect(payment.value).toBe('spare');
    expect(work.runs).toHaveLength(0);
  });

  it('has work retried of which its error says that nothing happened, there and elsewhere', async () => {
    const { rig, work } = await paying();
    const payment = rig.execute(WITHDRAWAL);
    await rig.advance();
    work.last.reject(Object.assign(new Error('refused'), { retryable: true }));
    await rig.advance(10_000);
    expect(work.runs).toHaveLength(2);
    work.last.resolve('paid');
    await rig.advance();
    expect(payment.value).toBe('paid');
  });

  it('says nothing about others: what they do is retried', async () => {
    let times = 0;
    const handler = (): string => {
      if (++times < 3) throw new Error('once more');
      return 'done';
    };
    const { rig, work } = await paying([{ id: 'spare', handler }]);
    const query = rig.execute({ type: 'QUERY', excludedComponents: ['wallet'] });
    await rig.advance(10_000);
    expect([query.value, times, work.runs.length]).toEqual(['done', 3, 0]);
  });
});

describe('work that may have run elsewhere', () => {
  it.for<[string, ComponentSpec['handler'], (rig: Rig) => void]>([
    [
      'failed',
      () => {
        throw new Error('lost');
      },
      () => {},
    ],
    ['timed out', () => new Promise(() => {}), () => {}],
    ['was moved by a failover', () => new Promise(() => {}), ({ balancer }) => balancer.fail('other')],
  ])('(it %s) does not go to one that does nothing twice', async ([, handler, then]) => {
    const { rig, work } = await paying([{ id: 'other', handler }], { maxRetries: 5, queueTimeoutMs: 3_000 });
    const moved = rig.execute({ type: 'WITHDRAWAL', timeoutMs: 200, preferredComponents: ['other'] });
    await rig.advance();
    then(rig);
    await rig.advance(60_000);
    expect(moved.outcome).toBe('rejected');
    expect(work.runs).toHaveLength(0);
  });

  it('does when its error says that nothing happened', async () => {
    const refused = Object.assign(new Error('refused'), { retryable: true });
    const { rig, work } = await paying([{ id: 'other', handler: () => Promise.reject(refused) }]);
    rig.execute({ type: 'WITHDRAWAL', preferredComponents: ['other'] });
    await rig.advance(5_000);
    expect(work.runs).toHaveLength(1);
  });

  it('goes to whoever else may do it, and lets others pass while it waits for them', async () => {
    const busy = new ManualHandler();
    const { rig, work } = await paying([
      { id: 'other', maxConcurrentTasks: 1, handler: busy.handle },
      { id: 'third', maxConcurrentTasks: 1, handler: busy.handle },
    ]);
    const moved = rig.execute({ type: 'WITHDRAWAL', preferredComponents: ['other'] });
    await rig.advance();
    rig.execute({ type: 'WITHDRAWAL', preferredComponents: ['third'] });
    await rig.advance();
    busy.runs[0]!.reject(new Error('lost'));
    await rig.advance();
    rig.execute({ type: 'WITHDRAWAL', preferredComponents: ['other'] });
    await rig.advance(5_000);
    // both are busy: it waits; what comes behind it may use the wallet
    expect(busy.runs).toHaveLength(3);
    rig.execute({ type: 'WITHDRAWAL' });
    await rig.advance();
    expect(work.runs).toHaveLength(1);
    busy.runs[1]!.resolve('free again');
    await rig.advance();
    busy.runs[3]!.resolve('done by the third');
    await rig.advance();
    expect(moved.value).toBe('done by the third');
  });
});

it('work that failed waits at its place where no component runs anything once, or none of them is free', async () => {
  const { rig, work } = await paying([{ id: 'other', maxConcurrentTasks: 1, handler: () => new Promise(() => {}) }]);
  for (let n = 0; n < 4; n++) rig.execute({ type: 'WITHDRAWAL', preferredComponents: ['wallet'] });
  rig.execute({ type: 'WITHDRAWAL', preferredComponents: ['other'], timeoutMs: 100 });
  await rig.advance(150);
  rig.executeMany(5, { type: 'WITHDRAWAL' });
  await rig.advance(5_000);
  const parked = rig.state.queue.busyPartitions().flatMap((partition) => partition.parked);
  expect(parked).toEqual([]);
  expect(work.runs).toHaveLength(4);
});

describe('a failed component with idempotent: false', () => {
  it('is probed by what comes for it, which is not run again', async () => {
    const { rig, work } = await paying([], { recovery: { jitter: 0, baseDelayMs: 100 }, queueTimeoutMs: 600_000 });
    rig.balancer.fail('wallet');
    const first = rig.execute(WITHDRAWAL);
    const second = rig.execute(WITHDRAWAL);
    await rig.advance(5_000);
    expect(work.runs).toHaveLength(1);
    work.last.reject(new Error('still down'));
    await rig.advance(20_000);
    expect(first.error?.reason).toBe('notRetryable');
    expect(work.runs).toHaveLength(2);
    expect(second.outcome).toBeUndefined();
  });

  it('is spared as a trial while others work', async () => {
    const { rig, work } = await paying([quick('spare')]);
    const i = rig.state.fleet.components.indexOf('wallet');
    rig.state.fleet.components.setAvoided(i, true);
    rig.state.fleet.components.setAwaitsProbe(i, true);
    const query = rig.execute({ type: 'QUERY' });
    await rig.advance();
    expect(query.value).toBe('spare');
    expect(work.runs).toHaveLength(0);
  });
});

it.for([['no'], [0], [null]])('idempotent: %j is refused', ([value]) => {
  const components = [{ id: 'a', handler: () => 'a', idempotent: value }];
  const config = { components, statePath: null, logger: false } as unknown as LoadBalancerConfig;
  expect(() => new LoadBalancer(config)).toThrow(InvalidConfigError);
});
