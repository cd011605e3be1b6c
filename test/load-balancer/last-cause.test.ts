import { describe, expect, it } from 'vitest';
import type { ComponentSpec } from '../../src/index.ts';
import { Rig, type Tracked } from '../support/rig.ts';

const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

/** Refuses the first attempt, and does not come back from the others. */
const refusing = (id: string): ComponentSpec => {
  let calls = 0;
  return {
    id,
    maxConcurrentTasks: 1,
    handler: (_, { signal }) => {
      if (++calls === 1) throw refused;
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  };
};

const started = (settings = {}) =>
  Rig.start({
    components: [refusing('a')],
    outlier: { consecutiveFailures: 1_000, failureRatio: 1_000 },
    retry: { baseMs: 100, capMs: 100 },
    ...settings,
  });

describe('a request whose attempt was refused has that as its cause, however it ends', () => {
  it.each<[string, object, object, (rig: Rig, one: Tracked) => Promise<unknown>]>([
    ['a time-out of the next attempt', { maxRetries: 1 }, { timeoutMs: 50 }, (rig) => rig.advance(1_000)],
    ['its deadline while it runs', {}, { deadlineIn: 500 }, (rig) => rig.advance(1_000)],
    [
      'being cancelled',
      {},
      { id: 'x' },
      async (rig) => {
        await rig.advance(500);
        rig.balancer.cancel('x');
        await rig.advance();
      },
    ],
    [
      'a stop',
      {},
      {},
      async (rig) => {
        await rig.advance(500);
        void rig.balancer.stop({ drain: false });
        await rig.advance(1_000);
      },
    ],
    [
      'its time in the queue being over',
      { queueTimeoutMs: 300 },
      {},
      async (rig) => {
        rig.balancer.pauseDispatch();
        await rig.advance(1_000);
      },
    ],
    [
      'its deadline while it waits',
      {},
      { deadlineIn: 500 },
      async (rig) => {
        rig.balancer.pauseDispatch();
        await rig.advance(1_000);
      },
    ],
    [
      'being evicted while it awaits its retry',
      { maxQueueSize: 1, retry: { baseMs: 5_000, capMs: 5_000 } },
      { priority: 'LOW' },
      async (rig) => {
        rig.balancer.drain('a');
        rig.execute({ priority: 'CRITICAL' });
        await rig.advance(10);
      },
    ],
  ])('%s', async (_, settings, { deadlineIn, ...request }: { deadlineIn?: number }, then) => {
    const rig = await started(settings);
    const deadline = deadlineIn === undefined ? {} : { deadline: rig.clock.now() + deadlineIn };
    const one = rig.execute({ ...request, ...deadline });
    await rig.advance(1);
    await then(rig, one);
    expect(one.error?.cause).toBe(refused);
  });
});

describe('a full queue', () => {
  it('gives the place of less important work that awaits its retry to what is more important', async () => {
    const rig = await started({ maxQueueSize: 2, retry: { baseMs: 5_000, capMs: 5_000 } });
    const minor = rig.execute({ priority: 'MINIMAL' });
    await rig.advance(1);
    rig.balancer.pauseDispatch();
    const equal = rig.execute({ priority: 'MINIMAL' });
    const important = rig.execute({ priority: 'CRITICAL' });
    const more = rig.execute({ priority: 'CRITICAL' });
    const most = rig.execute({ priority: 'CRITICAL' });
    await rig.advance(1);
    expect([minor, equal].map(({ error }) => error?.code)).toEqual(['LOAD_SHED', 'LOAD_SHED']);
    expect([important, more].map(({ outcome }) => outcome)).toEqual([undefined, undefined]);
    expect(most.error?.code).toBe('QUEUE_FULL');
  });
});
