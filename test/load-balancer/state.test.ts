import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LoadBalancer, type SavedState, type StateStore } from '../../src/index.ts';
import { VirtualClock } from '../../src/testing.ts';
import { quick, Rig } from '../support/rig.ts';

/** Keeps what is saved. */
class Shelf implements StateStore {
  readonly saved: SavedState[] = [];
  readonly reasons: string[] = [];
  content: unknown;
  fault: Error | 'hangs' | undefined = undefined;

  constructor(content?: unknown) {
    this.content = content;
  }

  async load(): Promise<unknown> {
    return this.content;
  }

  async save(state: SavedState): Promise<void> {
    if (this.fault === 'hangs') return new Promise(() => {});
    if (this.fault !== undefined) throw this.fault;
    this.saved.push(state);
  }

  async quarantine(reason: string): Promise<string | undefined> {
    this.reasons.push(reason);
    return `shelf ${this.reasons.length}`;
  }
}

const learned = (): SavedState => ({
  version: 1,
  savedAt: 1,
  weights: { a: { weight: 2.5, configured: 1 }, b: { weight: 2.5, configured: 2 }, gone: { weight: 3, configured: 1 } },
  algorithmPerformance: {
    'least-connections': { picks: 10, completed: 7, failed: 1, meanResponseMs: 5 },
    'round-robin': { picks: 4, completed: 0, failed: 0, meanResponseMs: 0 },
  },
  strategyByPriority: { CRITICAL: 'round-robin', LOW: 'adaptive' },
});

const components = [quick('a'), quick('b')];

describe('what was saved', () => {
  it('is taken over at the start; a weight that was configured anew since is not', async () => {
    const rig = await Rig.start({ components, store: new Shelf(learned()) });
    expect(rig.balancer.getComponentCapacity('a')?.weight).toBe(2.5);
    expect(rig.balancer.getComponentCapacity('b')?.weight).toBe(1);
    const { algorithms, strategyByPriority } = rig.balancer.getLoadBalancingMetrics();
    expect(algorithms['least-connections']).toMatchObject({ picks: 10, completed: 7, failed: 1, meanResponseMs: 5 });
    expect(algorithms['round-robin']).toMatchObject({ picks: 4, completed: 0 });
    expect(strategyByPriority.CRITICAL).toBe('round-robin');
    // adaptive follows strategies, never itself
    expect(strategyByPriority.LOW).not.toBe('adaptive');
    // and counts on from there
    await rig.balancer.execute({ type: 'GENERAL' });
    expect(rig.balancer.getLoadBalancingMetrics().algorithms['least-connections']?.completed).toBe(8);
  });

  it('survives a stop and a start', async () => {
    const store = new Shelf(learned());
    const rig = await Rig.start({ components, store });
    await rig.balancer.stop();
    store.content = JSON.parse(JSON.stringify(store.saved.at(-1)));
    const next = await Rig.start({ components, store });
    expect(next.balancer.getComponentCapacity('a')?.weight).toBe(2.5);
    expect(next.balancer.getLoadBalancingMetrics().algorithms['least-connections']?.completed).toBe(7);
  });

  it.for([
    ['no JSON', '{"version": 1, "weig'],
    ['another version', { ...learned(), version: 2 }],
    ['a weight that is none', { ...learned(), weights: { a: { weight: -1, configured: 1 } } }],
    ['a weight beyond all', { ...learned(), weights: { a: { weight: 1e300, configured: 1 } } }],
    ['an unknown strategy', { ...learned(), strategyByPriority: { CRITICAL: 'astrology' } }],
    ['an array', []],
  ] as const)('is put aside when it is damaged: %s', async ([, content]) => {
    const store = new Shelf(content);
    const rig = await Rig.start({ components, store });
    await rig.advance();
    expect(store.reasons).toHaveLength(1);
    expect(rig.of('alert.raised')).toMatchObject([{ kind: 'stateDamaged', severity: 'ERROR' }]);
    expect(rig.of('error.reported')).toMatchObject([{ code: 'STATE_DAMAGED' }]);
    expect(rig.log.lines).toContainEqual(expect.objectContaining({ level: 'warn', fields: { place: 'shelf 1' } }));
    expect(rig.balancer.getComponentCapacity('a')?.weight).toBe(1);
    expect(await rig.balancer.execute({ type: 'GENERAL' })).toBeDefined();
  });

  it('may be nothing', async () => {
    const rig = await Rig.start({ components, store: new Shelf(null) });
    await rig.advance();
    expect(rig.of('alert.raised')).toEqual([]);
  });
});

describe('state that cannot be read', () => {
  /** Cannot be loaded from at first. */
  class Shut extends Shelf {
    shut: Error | undefined = Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
    override async load(): Promise<unknown> {
      if (this.shut !== undefined) throw this.shut;
      return this.content;
    }
  }
  const cycle = { optimizationIntervalMs: 1_000 };

  it('is said, neither moved aside nor written over, and taken over once it can be read', async () => {
    const store = new Shut(learned());
    const rig = await Rig.start({ components, store, ...cycle });
    await rig.advance(2_500);
    expect(rig.of('alert.raised')).toMatchObject([
      { kind: 'stateNotLoaded', severity: 'ERROR', message: expect.stringContaining('EMFILE') },
      { kind: 'stateNotSaved' },
    ]);
    expect(store).toMatchObject({ reasons: [], saved: [] });
    store.shut = undefined;
    await rig.advance(1_000);
    expect(rig.balancer.getComponentCapacity('a')?.weight).toBe(2.5);
    expect(store.saved).toMatchObject([{ weights: { a: { weight: 2.5 } } }]);
    // once is enough
    await rig.advance(2_000);
    expect(store.saved.at(-1)?.algorithmPerformance['least-connections']).toMatchObject({ picks: 10 });
  });

  it('is left alone by a stop', async () => {
    const store = new Shut(learned());
    const rig = await Rig.start({ components, store });
    await rig.balancer.stop();
    expect(store).toMatchObject({ reasons: [], saved: [] });
    expect(rig.of('alert.raised').map(({ kind }) => kind)).toContain('stateNotSaved');
  });

  it('is put aside before the first save if it is damaged after all', async () => {
    const store = new Shut('{"version": 1, "weig');
    const rig = await Rig.start({ components, store, ...cycle });
    store.shut = undefined;
    await rig.advance(1_000);
    expect(store.reasons).toHaveLength(1);
    expect(store.saved).toHaveLength(1);
  });
});

describe('a saved state with names that nobody knows', () => {
  const mapOf = <T>(count: number, value: T): Record<string, T> =>
    Object.fromEntries(Array.from({ length: count }, (_, k) => [`stranger ${k}`, value]));

  it('is used without them, and they are not kept', async () => {
    const { weights, algorithmPerformance, strategyByPriority } = learned();
    const store = new Shelf({
      ...learned(),
      weights: { ...mapOf(3, 'no weight'), ...weights },
      algorithmPerformance: { ...mapOf(3, 7), ...algorithmPerformance },
      strategyByPriority: { URGENT: 'round-robin', ...strategyByPriority },
    });
    const rig = await Rig.start({ components, store });
    expect(rig.of('alert.raised')).toEqual([]);
    expect(rig.balancer.getComponentCapacity('a')?.weight).toBe(2.5);
    await rig.balancer.stop();
    expect(Object.keys(store.saved[0]!.algorithmPerformance).sort()).toEqual(['least-connections', 'round-robin']);
    expect(Object.keys(store.saved[0]!.weights)).toEqual(['a', 'b']);
  });

  it('costs no more than reading them', async () => {
    const figures = { picks: 1, completed: 1, failed: 0, meanResponseMs: 1 };
    const store = new Shelf({ ...learned(), algorithmPerformance: mapOf(200_000, figures) });
    const before = performance.now();
    await Rig.start({ components, store });
    // it was minutes: each name looked for among those before it
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it('keeps what was counted under the name of the user’s own algorithm', async () => {
    const mine = { picks: 3, completed: 2, failed: 0, meanResponseMs: 4 };
    const store = new Shelf({ ...learned(), algorithmPerformance: { mine } });
    const rig = await Rig.start({ components, store, algorithm: { name: 'mine', select: () => 0 } });
    expect(rig.balancer.getLoadBalancingMetrics().algorithms.mine).toMatchObject(mine);
  });
});

describe('saving', () => {
  const cycle = { optimizationIntervalMs: 1_000 };

  it('happens each optimization cycle and at the stop', async () => {
    const store = new Shelf();
    const rig = await Rig.start({ components, store, ...cycle });
    await rig.advance(3_000);
    expect(store.saved).toHaveLength(3);
    expect(rig.of('state.saved').map(({ savedAt }) => savedAt)).toEqual(store.saved.map(({ savedAt }) => savedAt));
    await rig.balancer.stop();
    expect(store.saved).toHaveLength(4);
    expect(store.saved[3]).toMatchObject({ version: 1, weights: { a: { weight: 1, configured: 1 } } });
  });

  it('that fails is told, and tried again the next time', async () => {
    const store = new Shelf();
    const rig = await Rig.start({ components, store, ...cycle });
    store.fault = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    await rig.advance(1_000);
    expect(rig.of('alert.raised')).toMatchObject([
      { kind: 'stateNotSaved', severity: 'WARNING', message: expect.stringContaining('ENOSPC') },
    ]);
    store.fault = undefined;
    await rig.advance(1_000);
    expect(store.saved).toHaveLength(1);
    expect(await rig.balancer.execute({ type: 'GENERAL' })).toBeDefined();
  });

  it('that hangs is given up after ten seconds, and never done twice at once', async () => {
    const store = new Shelf();
    const rig = await Rig.start({ components, store, ...cycle });
    store.fault = 'hangs';
    await rig.advance(10_000);
    expect(rig.of('error.reported')).toEqual([]);
    await rig.advance(1_000);
    expect(rig.of('error.reported')).toMatchObject([{ code: 'STATE_NOT_SAVED' }]);
    store.fault = undefined;
    await rig.advance(10_000);
    expect(store.saved).toHaveLength(1);
  });
});

describe('a state file', () => {
  async function file(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'plimsoll-state-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    return join(folder, 'state.json');
  }
  const start = (statePath: string) =>
    LoadBalancer.start({ components, statePath, logger: false, clock: new VirtualClock(1_000) });

  it('that is damaged is moved aside, and a new one written', async () => {
    const statePath = await file();
    await writeFile(statePath, '\u0000\u0000\u0000');
    const balancer = await start(statePath);
    await balancer.stop();
    const names = await readdir(join(statePath, '..'));
    expect(names.sort()).toEqual(['state.json', expect.stringMatching(/^state\.json\.corrupt-/)]);
  });

  it('is shared by two balancers without harm: the last to stop wins, whole', async () => {
    const statePath = await file();
    const [one, two] = await Promise.all([start(statePath), start(statePath)]);
    await one.execute({ type: 'GENERAL' });
    await Promise.all([one.stop(), two.stop()]);
    const third = await start(statePath);
    expect(third.getComponentCapacity('a')?.weight).toBe(1);
    await third.stop();
    expect(await readdir(join(statePath, '..'))).toEqual(['state.json']);
  });

  it('that is a folder stays where it is, with what it holds', async () => {
    const statePath = await file();
    await mkdir(statePath);
    await writeFile(join(statePath, 'precious'), 'x');
    const balancer = await start(statePath);
    expect(await balancer.execute({ type: 'GENERAL' })).toBeDefined();
    await balancer.stop();
    expect(await readdir(join(statePath, '..'))).toEqual(['state.json']);
    expect(await readFile(join(statePath, 'precious'), 'utf8')).toBe('x');
  });

  it('that cannot be written stops nothing', async () => {
    const inTheWay = await file();
    await writeFile(inTheWay, '');
    const balancer = await start(join(inTheWay, 'state.json'));
    const codes: string[] = [];
    balancer.on('error.reported', ({ code }) => codes.push(code));
    expect(await balancer.execute({ type: 'GENERAL' })).toBeDefined();
    await balancer.stop();
    expect(codes).toEqual(['STATE_NOT_SAVED']);
  });
});
