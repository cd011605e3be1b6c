import { afterEach, describe, expect, it } from 'vitest';
import type { LoadBalancer } from '../../src/index.ts';
import type { ComponentPoint, Delta, Message } from '../../src/inspector/protocol.ts';
import type { Chart } from '../../src/inspector/statechart.ts';
import { type InspectOptions, type Inspector, inspect } from '../../src/inspector.ts';
import { VirtualClock } from '../../src/testing.ts';
import { Handlers, quietBalancer, TestViewer, until } from '../support/inspecting.ts';

describe('the inspector', () => {
  let clock: VirtualClock;
  let balancer: LoadBalancer;
  let inspector: Inspector;
  const viewers: TestViewer[] = [];

  const start = async (
    ids: readonly string[],
    options: InspectOptions = {},
    handler?: () => unknown,
  ): Promise<TestViewer> => {
    clock = new VirtualClock(1_000_000);
    balancer = await quietBalancer(
      ids,
      { clock, recovery: { baseDelayMs: 60_000, maxDelayMs: 60_000 } },
      handler ? { handler } : {},
    );
    inspector = await inspect(balancer, { clock, ...options });
    return view();
  };
  const view = async (query?: string): Promise<TestViewer> => {
    const viewer = await new TestViewer(inspector.url).open(query);
    viewers.push(viewer);
    return viewer;
  };
  /** Lets time pass until two frames have come: the first may have been made before. */
  const frame = async (viewer: TestViewer): Promise<void> => {
    const before = viewer.events.length;
    while (viewer.events.length < before + 2) await clock.advance(250);
  };
  /** All messages that were heard, over all frames. */
  const heardBy = (viewer: TestViewer): { kept: Message[]; seen: number; dropped: number } => {
    const heard = viewer.events.flatMap(({ event, data }) => (event === 'delta' ? [JSON.parse(data) as Delta] : []));
    const count = (of: 'seen' | 'dropped', type: string): number =>
      heard.reduce((sum, { messages }) => sum + (messages?.[of][type] ?? 0), 0);
    return {
      kept: heard.flatMap(({ messages }) => messages?.kept ?? []),
      seen: count('seen', 'request.submit'),
      dropped: count('dropped', 'request.submit'),
    };
  };

  afterEach(async () => {
    for (const viewer of viewers.splice(0)) viewer.close();
    await inspector.close();
    const stopped = balancer.stop({ drain: false });
    await clock.advance(0);
    await stopped;
  });

  it('says hello with its version, then sends everything once and afterwards only rows that changed', async () => {
    const handlers = new Handlers();
    const viewer = await start(['a', 'b', 'c'], {}, handlers.handler);
    expect(viewer.hello).toMatchObject({ protocol: 1, admin: false, framesPerSecond: 4, historySeconds: 300 });
    expect([...(viewer.known?.rows.keys() ?? [])]).toEqual(['a', 'b', 'c']);
    const work = balancer.execute({ type: 'GENERAL', preferredComponents: ['b'] });
    await frame(viewer);
    const rows = viewer.events.flatMap(({ event, data }) =>
      event === 'delta' ? (JSON.parse(data) as Delta).rows : [],
    );
    expect(rows.map(({ id, taken }) => [id, taken])).toEqual([['b', 1]]);
    handlers.finishAll();
    await work;
    await frame(viewer);
    expect(viewer.known?.rows.get('b')?.taken).toBe(0);
    expect(viewer.known?.summary.requests).toMatchObject({ submitted: 1, completed: 1 });
    expect(viewer.snapshots).toBe(1);
  });

  it('tells every change of state in order, also those between two frames', async () => {
    const viewer = await start(['a', 'b']);
    balancer.drain('a', 'upgrade');
    balancer.resume('a');
    balancer.fail('b', 'power cut');
    await frame(viewer);
    const lines = viewer.known?.changes
      .filter(({ type }) => type === 'component.statusChanged' || type === 'component.stateChanged')
      .map(({ actor, from, to }) => `${actor} ${from} ${to}`);
    expect(lines).toEqual([
      'component:a Available Maintenance',
      'component:a maintenance.draining maintenance.drained',
      'component:a Maintenance Available',
      'component:b Available Failed',
    ]);
    expect(viewer.known?.changes.find(({ type }) => type === 'failover.started')?.actor).toBe('component:b');
    expect(viewer.known?.alerts.map(({ kind, componentId }) => [kind, componentId])).toContainEqual([
      'componentFailed',
      'b',
    ]);
    expect(viewer.known?.changes.map(({ seq }) => seq)).toEqual(viewer.known?.changes.map((_, k) => k + 1));
  });

  it('shows components that come and go', async () => {
    const viewer = await start(['a']);
    balancer.register({ id: 'late', handler: () => undefined });
    await frame(viewer);
    expect([...(viewer.known?.rows.keys() ?? [])]).toEqual(['a', 'late']);
    balancer.deregister('a');
    await frame(viewer);
    expect([...(viewer.known?.rows.keys() ?? [])]).toEqual(['late']);
  });

  it('keeps 300 s of history for whoever comes later, of the balancer and of each component', async () => {
    const first = await start(['a']);
    first.close();
    for (let second = 0; second < 320; second++) {
      await balancer.execute({ type: 'GENERAL' });
      await clock.advance(1_000);
    }
    const late = await view();
    const { history } = late.known ?? { history: [] };
    expect(history.length).toBe(300);
    // the viewer's arrival moves the clock by fractions of a second, so the last points stand closer
    expect(
      history.slice(0, -3).every((point, k) => k === 0 || Math.abs(point.t - history[k - 1]!.t - 1_000) < 300),
    ).toBe(true);
    expect(history.at(-1)?.perSecond).toBeGreaterThan(0.5);
    const { body } = await late.get('/api/history?component=a');
    expect((body as ComponentPoint[]).length).toBeGreaterThan(295);
    expect((body as ComponentPoint[]).at(-1)).toMatchObject({ status: 'Available', load: 0 });
  });

  it('sends nothing to a hidden page, and a fresh snapshot when it is seen again', async () => {
    const viewer = await start(['a']);
    expect((await viewer.post('/api/view', { visible: false })).status).toBe(200);
    await clock.advance(0);
    const before = viewer.events.length;
    await clock.advance(5_000);
    balancer.drain('a');
    await clock.advance(5_000);
    expect(viewer.events.length).toBe(before);
    await viewer.post('/api/view', { visible: true });
    await until(() => viewer.snapshots === 2);
    expect(viewer.known?.rows.get('a')?.status).toBe('Maintenance');
  });

  it('listens to messages only while a viewer looks at them', async () => {
    const viewer = await start(['a', 'b']);
    expect(viewer.known?.messages).toBeUndefined();
    await viewer.post('/api/view', { messages: true });
    await frame(viewer);
    for (let k = 0; k < 100; k++) await balancer.execute({ type: 'GENERAL', payload: { secret: 'hunter2' } });
    await frame(viewer);
    const { kept, seen, dropped } = heardBy(viewer);
    expect(seen).toBeGreaterThan(20);
    expect(dropped).toBe(seen - kept.filter(({ type }) => type === 'request.submit').length);
    expect(kept.some(({ from, to }) => from === 'balancer' && to.startsWith('component:'))).toBe(true);
    expect(viewer.events.some(({ data }) => data.includes('hunter2'))).toBe(false);
    await viewer.post('/api/view', { messages: false });
    await frame(viewer);
    expect(viewer.known?.messages).toBeUndefined();
  });

  it('shows fields of events and contexts that the allow-list names, and no others', async () => {
    const viewer = await start(['a'], { reveal: { event: ['reason'], context: ['failures'] } });
    await viewer.post('/api/view', { messages: true, focus: 'component:a' });
    await frame(viewer);
    balancer.drain('a', 'upgrade');
    await frame(viewer);
    const drain = heardBy(viewer).kept.find(({ type, to }) => type === 'component.drain' && to === 'component:a');
    expect(drain?.shown).toEqual({ reason: 'upgrade' });
    expect(viewer.known?.focus?.shown).toEqual({ failures: 0 });
  });

  it('follows the actor that a viewer looks at, with the chart of its machine', async () => {
    const viewer = await start(['a', 'b']);
    await viewer.post('/api/view', { focus: 'component:a' });
    await frame(viewer);
    expect(viewer.known?.focus).toMatchObject({ key: 'component:a', chart: 'component' });
    expect(viewer.known?.focus?.active).toContain('operational.load.available');
    balancer.fail('a');
    while (viewer.known?.focus?.active[0] !== 'failed') await frame(viewer);
    const { body } = await viewer.get('/api/chart?actor=component:a');
    const chart = body as Chart;
    expect(chart.root.states.map(({ key }) => key)).toEqual(['entering', 'operational', 'maintenance', 'failed']);
    expect(chart.edges).toContainEqual({ from: 'failed.isolated', to: 'failed.probing', event: 'after cooldown' });
    expect(chart.edges).toContainEqual({ from: 'operational', to: 'maintenance.draining', event: 'component.drain' });
    for (const key of ['balancer', ...(viewer.known?.monitors ?? []).map((id) => `monitor:${id}`)]) {
      expect((await viewer.get(`/api/chart?actor=${key}`)).status).toBe(200);
    }
    expect(viewer.known?.monitors).toEqual(['request-processor', 'health-checker', 'load-monitor', 'optimizer']);
    expect((await viewer.get('/api/chart?actor=component:nobody')).status).toBe(404);
  });

  it('explains who would be picked and why not the others', async () => {
    const viewer = await start(['a', 'b', 'c']);
    balancer.drain('b');
    const { status, body } = await viewer.get('/api/whatif?type=GENERAL&priority=HIGH');
    expect(status).toBe(200);
    const { considered } = body as { considered: { componentId: string; excluded?: string; score?: number }[] };
    expect(considered.find(({ componentId }) => componentId === 'b')?.excluded).toBe('in maintenance: drained');
    const scores = considered.flatMap(({ score }) => (score === undefined ? [] : [score]));
    expect(scores).toHaveLength(2);
    expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1);
  });

  it('survives a viewer that hangs up, and a balancer that stops', async () => {
    const viewer = await start(['a']);
    const other = await view();
    viewer.close();
    while (other.known?.summary.cost.viewers !== 1) await frame(other);
    const stopped = balancer.stop();
    await clock.advance(0);
    await stopped;
    await frame(other);
    expect(other.known?.summary.regions.phase).toBe('stopped');
    await inspector.close();
    await until(() => other.ended);
    expect(other.bye).toContain('closed');
    inspector = await inspect(balancer, { clock });
  });
});
