import { afterEach, describe, expect, it } from 'vitest';
import type { LoadBalancer } from '../../src/index.ts';
import { type AuditEntry, type Inspector, inspect } from '../../src/inspector.ts';
import { quietBalancer, TestViewer, until } from '../support/inspecting.ts';

describe('an administrator', () => {
  let balancer: LoadBalancer;
  let inspector: Inspector;
  let viewer: TestViewer;
  let kept: AuditEntry[];

  const start = async (admin: boolean, ids = ['a', 'b']): Promise<void> => {
    kept = [];
    balancer = await quietBalancer(ids);
    inspector = await inspect(balancer, { admin, onAudit: (entry) => kept.push(entry) });
    viewer = await new TestViewer(inspector.url).open();
  };
  const act = (body: object): ReturnType<TestViewer['post']> => viewer.post('/api/action', body);
  const status = (id: string): string | undefined => balancer.getComponentCapacity(id)?.status;

  afterEach(async () => {
    viewer.close();
    await inspector.close();
    await balancer.stop({ drain: false });
  });

  it('is nobody unless the inspector was started with admin: true', async () => {
    await start(false);
    const answer = await act({ action: 'drain', target: 'a', expect: 'operational' });
    expect(answer.status).toBe(403);
    expect(status('a')).toBe('Available');
    expect(kept.map(({ outcome }) => outcome)).toEqual(['forbidden']);
  });

  it('drains, resumes, fails and recovers a component', async () => {
    await start(true);
    expect(
      (await act({ action: 'drain', target: 'a', expect: 'operational.available', reason: 'upgrade' })).status,
    ).toBe(200);
    expect(status('a')).toBe('Maintenance');
    expect((await act({ action: 'resume', target: 'a', expect: 'maintenance' })).status).toBe(200);
    expect(status('a')).toBe('Available');
    expect((await act({ action: 'fail', target: 'a', expect: 'operational' })).status).toBe(200);
    expect(status('a')).toBe('Failed');
    expect((await act({ action: 'recover', target: 'a', expect: 'failed' })).status).toBe(200);
    await until(() => viewer.known?.audit.length === 4);
    expect(viewer.known?.audit.map(({ action, target, outcome }) => [action, target, outcome])).toEqual([
      ['drain', 'a', 'done'],
      ['resume', 'a', 'done'],
      ['fail', 'a', 'done'],
      ['recover', 'a', 'done'],
    ]);
    expect(kept).toEqual(viewer.known?.audit);
    expect(kept[0]).toMatchObject({ detail: 'upgrade', address: '127.0.0.1' });
  });

  it('pauses and resumes dispatch, and switches the algorithm', async () => {
    await start(true);
    const balancerAction = (action: string, expected: string, more = {}): ReturnType<TestViewer['post']> =>
      act({ action, target: 'balancer', expect: expected, ...more });
    expect((await balancerAction('pause', 'flowing')).status).toBe(200);
    expect(balancer.liveStats().regions.dispatch).toBe('paused');
    expect((await balancerAction('pause', 'flowing')).status).toBe(409);
    expect((await balancerAction('resumeDispatch', 'paused')).status).toBe(200);
    expect((await balancerAction('selectAlgorithm', 'adaptive', { algorithm: 'round-robin' })).status).toBe(200);
    expect(balancer.liveStats().regions.algorithm).toBe('round-robin');
    const late = await balancerAction('selectAlgorithm', 'adaptive', { algorithm: 'least-connections' });
    expect(late).toMatchObject({ status: 409, body: { error: 'changed', actual: 'round-robin' } });
    await until(() => viewer.known?.changes.some(({ to }) => to === 'dispatch: paused') === true);
  });

  it('is told when what was seen is not so any more', async () => {
    await start(true);
    balancer.fail('a');
    const answer = await act({ action: 'drain', target: 'a', expect: 'operational.busy' });
    expect(answer).toMatchObject({ status: 409, body: { error: 'changed', actual: 'failed.isolated' } });
    expect(status('a')).toBe('Failed');
    expect((await act({ action: 'drain', target: 'gone', expect: 'operational' })).status).toBe(404);
    expect(kept.map(({ outcome }) => outcome)).toEqual(['conflict', 'conflict']);
  });

  it('cannot take the last available component away without force', async () => {
    await start(true);
    await act({ action: 'drain', target: 'b', expect: 'operational' });
    const drain = { action: 'drain', target: 'a', expect: 'operational' };
    expect(await act(drain)).toMatchObject({ status: 409, body: { error: 'lastAvailable' } });
    expect((await act({ ...drain, action: 'fail' })).status).toBe(409);
    expect(status('a')).toBe('Available');
    expect((await act({ ...drain, force: true })).status).toBe(200);
    expect(status('a')).toBe('Maintenance');
  });

  it('hears the balancer when it refuses', async () => {
    await start(true);
    expect(await act({ action: 'resume', target: 'a', expect: 'operational' })).toMatchObject({
      status: 422,
      body: { error: 'refused', message: 'The balancer refused: it is not in maintenance.' },
    });
  });

  it('is slowed down', async () => {
    await start(true);
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => act({ action: 'resume', target: 'a', expect: 'operational' })),
    );
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(10);
  });

  it('is answered with 400 for what is no action', async () => {
    await start(true);
    for (const body of [
      {},
      { action: 'stop' },
      { action: 'drain', target: 'a' },
      { action: 'drain', target: 'a', expect: 'operational', more: 1 },
      { action: 'drain', target: 'a', expect: 'operational', reason: 'x\nforged: line' },
      { action: 'drain', target: 'a', expect: 'operational', reason: '\u001b[2J' },
      { viewer: 'ops\u202e', action: 'drain', target: 'a', expect: 'operational' },
    ]) {
      expect((await act(body)).status).toBe(400);
    }
    expect(kept).toEqual([]);
  });
});
