import { describe, expect, it, test } from 'vitest';
import { componentMachine } from '../../../machines/component/component.machine.ts';
import { componentHandlers } from '../../../machines/component/fast-path.ts';
import type { Handler } from '../../../src/domain/component.ts';
import { mayarbi } from '../../../src/presets/mayarbi.ts';
import type { CreateSystem } from '../../../src/testing/model/test-system.ts';
import { declaredTransitions } from '../../../src/testing/model/transitions.ts';
import { failoverModel, failoverTests, runFailoverPaths } from '../../../src/testing.ts';

const pair = (capacity: number, check?: () => boolean, peerServes = 'x'): CreateSystem => {
  const subject = { id: 'subject', serves: ['x'], maxConcurrentTasks: capacity, handler: () => 'done', check };
  return () => ({ components: [subject, { id: 'peer', serves: [peerServes], handler: () => 'done elsewhere' }] });
};

const TEN = { id: 'subject', maxConcurrentTasks: 10, handler: () => undefined };

/** A guard of whom only one answer can be seen, and why. */
const ONE_WAY: Readonly<Record<string, string>> = {
  'maintenance.draining: work.finished [isIdle] -> maintenance.drained':
    'the fast path sends it only when nothing runs',
};

/** Only `recovery.warmNew` lets one warm up that has not failed; those of a system under test are there from the start. */
const JOINS_WARMING = 'entering: always [startsWarming] -> operational.ramp.warming';
const RESUMES_WARMING = 'maintenance: component.resume [warmsUp] -> operational.ramp.warming';
const WITHOUT_WARM_NEW = [JOINS_WARMING, RESUMES_WARMING];

describe('the model of a component', () => {
  const { declared, unreachable } = failoverModel(TEN);

  it('declares the transitions that the real machine declares', () => {
    const own = (keys: readonly { readonly key: string; readonly event: string }[]): string[] =>
      keys
        .filter(({ event }) => !(event in componentHandlers))
        .map(({ key }) => key)
        .sort();
    expect(own(declared)).toEqual(own(declaredTransitions(componentMachine)));
    expect(declared.length).toBeGreaterThanOrEqual(36);
  });

  it('can take each of them with ten slots', () => {
    expect(unreachable.map(({ key }) => key)).toEqual(WITHOUT_WARM_NEW);
  });

  it('names what a single slot never does', () => {
    const single = failoverModel({ id: 'one', maxConcurrentTasks: 1, handler: () => undefined });
    expect(single.unreachable.map(({ key }) => key)).toContain(
      'operational.load.available: load.busy -> operational.load.busy',
    );
  });

  it('generates paths that take each transition, and each event in each state', { timeout: 60_000 }, () => {
    const model = failoverModel(TEN);
    const taken = new Set(
      model.paths().flatMap(({ steps }) => steps.flatMap((step) => step.transitions.map((t) => t.key))),
    );
    const initial = 'entering: always -> operational';
    const missed = model.declared.map(({ key }) => key).filter((key) => !taken.has(key) && key !== initial);
    expect(missed).toEqual(WITHOUT_WARM_NEW);
    const all = model.paths({ cover: 'edges' });
    const walked = new Set<string>();
    for (const { steps } of all)
      for (const [k, { event }] of steps.entries()) walked.add(`${steps[k - 1]?.state} ${event}`);
    expect(all.reduce((sum, { steps }) => sum + steps.length, 0)).toBeGreaterThan(model.edges);
    expect(walked.size).toBeGreaterThan(60);
  });
});

describe('a real component follows its model', () => {
  // nobody cuts a check short
  const NOT_WITH_A_CHECK = ['failed.probing: probe.inconclusive -> failed.isolated'];
  for (const [what, createSystem, unmet] of [
    ['probed by requests', pair(10), []],
    ['probed by its check', pair(10, () => true), NOT_WITH_A_CHECK],
    ['without a peer to fail over to', pair(4, undefined, 'y'), []],
    ['with four slots', pair(4, () => true), NOT_WITH_A_CHECK],
  ] as const) {
    it(`through each declared transition, ${what}`, async () => {
      const { coverage, missing, steps } = await runFailoverPaths(createSystem, { components: ['subject'] });
      expect(missing).toEqual([]);
      expect(coverage.missing).toEqual([...WITHOUT_WARM_NEW, ...unmet]);
      expect(Object.keys(coverage.transitions)).toHaveLength(declaredTransitions(componentMachine).length);
      expect(steps).toBeGreaterThan(50);
      const guards = Object.entries(coverage.guards).filter(([, { held, failed }]) => held === 0 || failed === 0);
      expect(guards.map(([key]) => key).sort()).toEqual([...WITHOUT_WARM_NEW, ...Object.keys(ONE_WAY)].sort());
    });
  }

  it('that warms up whenever it is resumed', async () => {
    const createSystem: CreateSystem = (ports) => ({ ...pair(10)(ports), recovery: { warmNew: true } });
    const { missing, coverage } = await runFailoverPaths(createSystem, { components: ['subject'] });
    expect(missing).toEqual([]);
    expect(coverage.missing).toEqual([JOINS_WARMING, 'maintenance: component.resume -> operational']);
  });

  it('through each event in each state, with one slot', async () => {
    const { missing, steps, coverage } = await runFailoverPaths(pair(1), { components: ['subject'], cover: 'edges' });
    expect(missing).toEqual([]);
    expect(steps).toBeGreaterThan(800);
    const pairs = Object.keys(coverage.pairs);
    for (const state of ['operational.overloaded', 'maintenance.draining', 'failed.isolated', 'failed.probing'])
      expect(pairs).toContain(`${state} × completed`);
  });

  it('through each event in each state, with ten slots', { timeout: 60_000 }, async () => {
    const { missing, steps, coverage } = await runFailoverPaths(pair(10), { components: ['subject'], cover: 'edges' });
    expect(missing).toEqual([]);
    expect(steps).toBeGreaterThan(3_500);
    // a drained component runs nothing but what it is awaited for; a probe passes or fails, and is not waited for long
    const outcomes = ['completed', 'failed', 'cancelled'];
    const running = ['operational.available', 'operational.busy', 'operational.overloaded'];
    const finishing = ['maintenance.draining', 'maintenance.drained', 'failed.isolated', 'failed.probing'];
    const wanted = [
      ...running.flatMap((state) => [...outcomes, 'timedOut'].map((outcome) => `${state} × ${outcome}`)),
      ...finishing.flatMap((state) => outcomes.map((outcome) => `${state} × ${outcome}`)),
    ];
    expect(wanted.filter((one) => !(one in coverage.pairs))).toEqual([]);
  });

  it('with handlers that wait, on the clock or for something real', async () => {
    const onClock: Handler = (_, { clock }) =>
      new Promise((resolve) => void clock.setTimeout(() => resolve('late'), 7));
    const forReal: Handler = async () => {
      for (let turn = 0; turn < 40; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    for (const [handler, other] of [
      [onClock, forReal],
      [forReal, onClock],
    ] as const) {
      const components = [
        { id: 'subject', handler },
        { id: 'peer', handler: other },
      ];
      const { missing } = await runFailoverPaths(() => ({ components }), { components: ['subject'] });
      expect(missing).toEqual([]);
    }
  });

  it('whatever the seed', async () => {
    for (const seed of [2, 3, 4]) {
      const { missing } = await runFailoverPaths(pair(5), { components: ['subject'], seed, maxSteps: 40 });
      expect(missing).toEqual([]);
    }
  });
});

describe('MayArbi fails over as the model says', () => {
  failoverTests(test, () => ({ components: mayarbi((id) => async () => id), algorithm: 'adaptive' }));
});
