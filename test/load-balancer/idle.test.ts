import { describe, expect, it } from 'vitest';
import { ManualHandler, quick, Rig, type RigConfig } from '../support/rig.ts';

async function busy(
  settings: Partial<RigConfig> = {},
): Promise<{ rig: Rig; work: ManualHandler; wait: (signal?: AbortSignal) => () => string }> {
  const work = new ManualHandler();
  const rig = await Rig.start({ components: [{ id: 'a', maxConcurrentTasks: 1, handler: work.handle }], ...settings });
  const wait = (signal?: AbortSignal): (() => string) => {
    let state = 'waits';
    rig.balancer.whenIdle(signal === undefined ? {} : { signal }).then(
      () => {
        state = 'idle';
      },
      (reason: unknown) => {
        state = String(reason);
      },
    );
    return () => state;
  };
  return { rig, work, wait };
}

describe('whenIdle', () => {
  it('resolves at once where nothing is open', async () => {
    const { rig, wait } = await busy();
    const state = wait();
    await rig.advance();
    expect(state()).toBe('idle');
  });

  it('waits for what was submitted in the same tick, and for what is queued behind it', async () => {
    const { rig, work, wait } = await busy();
    rig.executeMany(2);
    const state = wait();
    await rig.advance();
    work.runs[0]!.resolve();
    await rig.advance();
    expect(state()).toBe('waits');
    work.runs[1]!.resolve();
    await rig.advance();
    expect(state()).toBe('idle');
  });

  it.for<[string, (rig: Rig, work: ManualHandler) => Promise<void>]>([
    [
      'failed',
      async (rig, work) => {
        work.last.reject(Object.assign(new Error('no'), { retryable: false }));
        await rig.advance();
      },
    ],
    [
      'was cancelled',
      async (rig) => {
        rig.balancer.cancel('one');
        await rig.advance();
      },
    ],
    ['timed out', async (rig) => rig.advance(1_000)],
  ])('resolves when the last one %s', async ([, end]) => {
    const { rig, work, wait } = await busy();
    rig.execute({ id: 'one', timeoutMs: 500, maxRetries: 0 });
    await rig.advance();
    const state = wait();
    await rig.advance();
    expect(state()).toBe('waits');
    await end(rig, work);
    expect(state()).toBe('idle');
  });

  it('waits for retries, and for what waits for room', async () => {
    const { rig, work, wait } = await busy({ maxQueueSize: 1 });
    rig.execute();
    rig.execute();
    const last = rig.balancer.execute({ type: 'GENERAL' }, { whenFull: 'wait' });
    const state = wait();
    await rig.advance();
    work.last.reject(new Error('once more'));
    for (let k = 0; k < 6; k++) {
      await rig.advance(1_000);
      if (state() === 'idle') break;
      expect(rig.counts.queued + rig.counts.inFlight + rig.counts.awaitingRetry).toBeGreaterThan(0);
      work.last.resolve();
    }
    await last;
    await rig.advance();
    expect(state()).toBe('idle');
  });

  it('goes on waiting when somebody submits as the last one ends', async () => {
    const { rig, work, wait } = await busy();
    rig.execute();
    const state = wait();
    let again = 2;
    rig.balancer.on('request.completed', () => {
      if (again-- > 0) rig.execute();
    });
    await rig.advance();
    for (let k = 0; k < 2; k++) {
      work.last.resolve();
      await rig.advance();
      expect(state()).toBe('waits');
    }
    work.last.resolve();
    await rig.advance();
    expect(state()).toBe('idle');
  });

  it('is not held up by a request that is refused', async () => {
    const { rig, wait } = await busy();
    rig.execute({ type: 'GENERAL', excludedComponents: ['a'] });
    const state = wait();
    rig.execute({ type: '' });
    await rig.advance();
    expect(state()).toBe('idle');
  });

  it('ends with the balancer, and with its signal', async () => {
    const { rig, wait } = await busy();
    rig.execute();
    await rig.advance();
    const controller = new AbortController();
    const state = wait(controller.signal);
    const other = wait();
    controller.abort(new Error('enough'));
    await rig.advance();
    expect([state(), other()]).toEqual(['Error: enough', 'waits']);
    const aborted = wait(controller.signal);
    await rig.advance();
    expect(aborted()).toBe('Error: enough');
    void rig.balancer.stop({ drain: false });
    await rig.advance(20_000);
    expect(other()).toBe('idle');
    const late = wait();
    await rig.advance();
    expect(late()).toBe('idle');
  });

  it('tells all who wait, once', async () => {
    const { rig, wait } = await busy({ components: [quick('a')] });
    rig.executeMany(50);
    const states = Array.from({ length: 20 }, () => wait());
    await rig.advance();
    expect(states.every((state) => state() === 'idle')).toBe(true);
  });
});
