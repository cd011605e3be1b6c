import { describe, expect, it } from 'vitest';
import type { Priority } from '../../src/index.ts';
import { seededRandom } from '../../src/testing.ts';
import { ManualHandler, quick, Rig, type RigConfig } from '../support/rig.ts';

/** One slot that is taken, and what waits for it. */
async function busy(
  settings: Partial<RigConfig> = {},
): Promise<{ rig: Rig; work: ManualHandler; order: () => unknown[] }> {
  const work = new ManualHandler();
  const rig = await Rig.start({
    components: [{ id: 'a', maxConcurrentTasks: 1, handler: work.handle }],
    agingMs: null,
    ...settings,
  });
  rig.execute({ id: 'first', payload: 'first' });
  await rig.advance();
  return { rig, work, order: () => work.runs.slice(1).map(({ request }) => request.payload) };
}

async function finishAll(rig: Rig, work: ManualHandler): Promise<void> {
  for (let k = 0; k < work.runs.length; k++) {
    work.runs[k]!.resolve();
    await rig.advance();
  }
}

const submit = (rig: Rig, id: string, priority: Priority) => rig.execute({ id, payload: id, priority });

describe('reprioritize', () => {
  it('brings waiting work forward, at its own age', async () => {
    const { rig, work, order } = await busy();
    submit(rig, 'old low', 'LOW');
    await rig.advance(1);
    submit(rig, 'high', 'HIGH');
    await rig.advance(1);
    submit(rig, 'young low', 'LOW');
    expect(rig.balancer.reprioritize('young low', 'CRITICAL')).toBe(true);
    expect(rig.balancer.reprioritize('old low', 'HIGH')).toBe(true);
    await finishAll(rig, work);
    expect(order()).toEqual(['young low', 'old low', 'high']);
  });

  it('puts it back as well', async () => {
    const { rig, work, order } = await busy();
    submit(rig, 'a', 'CRITICAL');
    submit(rig, 'b', 'LOW');
    expect(rig.balancer.reprioritize('a', 'MINIMAL')).toBe(true);
    await finishAll(rig, work);
    expect(order()).toEqual(['b', 'a']);
  });

  it('counts it as what it was submitted as, whatever it comes to', async () => {
    const { rig, work } = await busy();
    const tracked = submit(rig, 'a', 'LOW');
    rig.balancer.reprioritize('a', 'HIGH');
    rig.balancer.reprioritize('a', 'CRITICAL');
    const { requestsByPriority: byPriority } = rig.balancer.getLoadBalancingMetrics();
    expect(byPriority.LOW).toMatchObject({ submitted: 1, queued: 1 });
    expect(byPriority.CRITICAL).toMatchObject({ submitted: 0, queued: 0 });
    await finishAll(rig, work);
    expect(tracked.outcome).toBe('resolved');
    expect(rig.balancer.getLoadBalancingMetrics().requestsByPriority.LOW).toMatchObject({
      submitted: 1,
      completed: 1,
      queued: 0,
    });
    expect(rig.of('request.completed').at(-1)).toMatchObject({ requestId: 'a', priority: 'CRITICAL' });
  });

  it.for<[string, (rig: Rig) => string]>([
    ['unknown', () => 'nobody'],
    ['running', () => 'first'],
    [
      'settled',
      (rig) => {
        rig.execute({ id: 'gone', excludedComponents: ['a'] });
        return 'gone';
      },
    ],
  ])('refuses a request that is %s', async ([, idOf]) => {
    const { rig } = await busy();
    const id = idOf(rig);
    await rig.advance();
    expect(rig.balancer.reprioritize(id, 'HIGH')).toBe(false);
    await rig.advance();
    expect(rig.of('command.refused').at(-1)).toMatchObject({ command: 'request.reprioritize' });
  });

  it.for([['URGENT'], [0], [undefined]])('refuses %j as a priority', async ([priority]) => {
    const { rig } = await busy();
    submit(rig, 'a', 'LOW');
    expect(rig.balancer.reprioritize('a', priority as Priority)).toBe(false);
    await rig.advance();
    expect(rig.of('command.refused').at(-1)?.reason).toContain('expected one of CRITICAL');
  });

  it('works on what awaits a retry', async () => {
    const { rig, work } = await busy({ retry: { baseMs: 1_000, capMs: 1_000 } });
    work.last.reject(new Error('once more'));
    await rig.advance();
    submit(rig, 'holder', 'NORMAL');
    await rig.advance();
    submit(rig, 'other', 'HIGH');
    expect(rig.balancer.reprioritize('first', 'CRITICAL')).toBe(true);
    await rig.advance(2_000);
    work.runs[1]!.resolve();
    await rig.advance();
    expect(work.runs[2]?.request.id).toBe('first');
  });

  it('works on what waits for room, and lets it evict when it is let in', async () => {
    const { rig, work } = await busy({ maxQueueSize: 1 });
    submit(rig, 'queued', 'NORMAL');
    const waiting = rig.balancer.execute(
      { type: 'GENERAL', id: 'waiting', payload: 'waiting', priority: 'LOW' },
      { whenFull: 'wait' },
    );
    await rig.advance();
    expect(rig.balancer.reprioritize('waiting', 'HIGH')).toBe(true);
    await finishAll(rig, work);
    await waiting;
    expect(rig.of('request.completed').at(-1)).toMatchObject({ requestId: 'waiting', priority: 'HIGH' });
  });

  it('leaves what was put back open to eviction', async () => {
    const { rig } = await busy({ maxQueueSize: 2 });
    const demoted = submit(rig, 'a', 'HIGH');
    submit(rig, 'b', 'HIGH');
    rig.balancer.reprioritize('a', 'MINIMAL');
    const critical = submit(rig, 'c', 'CRITICAL');
    await rig.advance();
    expect(demoted.error?.code).toBe('LOAD_SHED');
    expect(critical.outcome).toBeUndefined();
  });

  it('keeps all counts right, whatever is done to whatever waits', async () => {
    const random = seededRandom(5);
    const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
    const priorities: readonly Priority[] = ['CRITICAL', 'HIGH', 'NORMAL', 'LOW', 'MINIMAL'];
    const rig = await Rig.start({
      components: [
        quick('a', {
          maxConcurrentTasks: 2,
          handler: (_, { clock }) =>
            new Promise((resolve, reject) => {
              clock.setTimeout(() => (random() < 0.3 ? reject(new Error('no')) : resolve(1)), random() * 20);
            }),
        }),
      ],
      maxQueueSize: 20,
      algorithm: 'round-robin',
      outlier: { minFailures: 1_000, consecutiveFailures: 100 },
    });
    const all = Array.from({ length: 600 }, (_, n) => `r${n}`);
    for (const [n, id] of all.entries()) {
      rig.execute({ id, priority: pick(priorities), ...(random() < 0.3 ? { resources: { cpu: 60 } } : {}) });
      for (let k = 0; k < 3; k++)
        rig.balancer.reprioritize(all[Math.max(0, n - Math.floor(random() * 30))]!, pick(priorities));
      await rig.advance(random() * 12);
    }
    await rig.advance(120_000);
    const { requestsByPriority: byPriority, requests } = rig.balancer.getLoadBalancingMetrics();
    expect(requests.queued + requests.inFlight + requests.awaitingRetry).toBe(0);
    for (const of of Object.values(byPriority))
      expect(of.completed + of.failed + of.timedOut + of.shed + of.rejected + of.cancelled).toBe(of.submitted);
    expect([...rig.state.queue.byClass]).toEqual([0, 0, 0, 0, 0]);
  });
});
