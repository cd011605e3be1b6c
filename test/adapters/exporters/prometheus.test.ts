import { describe, expect, it } from 'vitest';
import { OUTCOMES, PRIORITIES } from '../../../src/index.ts';
import { renderPrometheus } from '../../../src/prometheus.ts';
import { parseExposition, total } from '../../support/exposition.ts';
import { promtool, promtoolMissing } from '../../support/promtool.ts';
import { Rig } from '../../support/rig.ts';

/** A balancer through which something of every kind has gone. */
async function loaded(): Promise<Rig> {
  const rig: Rig = await Rig.start({
    maxQueueSize: 20,
    requestTimeoutMs: 200,
    maxRetries: 1,
    components: [
      {
        id: 'steady "\\ one\nof two',
        serves: ['prices', 'orders'],
        maxConcurrentTasks: 2,
        handler: (_, { clock }) => new Promise((resolve) => void clock.setTimeout(() => resolve(1), 30)),
      },
      {
        id: 'faulty',
        serves: ['prices'],
        maxConcurrentTasks: 2,
        handler: async () => {
          throw new Error('no');
        },
      },
      { id: 'hangs', serves: ['slow'], maxConcurrentTasks: 1, handler: () => new Promise(() => {}) },
    ],
  });
  for (const [k, priority] of PRIORITIES.entries()) rig.executeMany(3 + k, { type: 'prices', priority });
  rig.executeMany(2, { type: 'slow', priority: 'HIGH' });
  rig.execute({ type: 'nobody serves this' });
  rig.execute({ type: 'orders', deadline: 1 });
  rig.execute({ type: 'orders', id: 'mine' });
  await rig.advance();
  rig.balancer.cancel('mine');
  await rig.advance(1000);
  rig.balancer.fail('faulty');
  rig.executeMany(30, { type: 'orders', priority: 'LOW' });
  await rig.advance(15);
  return rig;
}

describe('renderPrometheus', () => {
  it('says what getLoadBalancingMetrics says', async () => {
    const rig = await loaded();
    const scrape = parseExposition(renderPrometheus(rig.balancer));
    const metrics = rig.balancer.getLoadBalancingMetrics();
    const { requests } = metrics;
    expect(requests.submitted).toBeGreaterThan(40);
    for (const priority of PRIORITIES) {
      const counts = metrics.requestsByPriority[priority];
      expect(total(scrape, 'plimsoll_requests_submitted_total', { priority })).toBe(counts.submitted);
      expect(total(scrape, 'plimsoll_queue_depth', { priority })).toBe(metrics.queue.byPriority[priority]);
      expect(total(scrape, 'plimsoll_requests_shed_total', { priority })).toBe(counts.shed);
    }
    for (const outcome of OUTCOMES) {
      expect(total(scrape, 'plimsoll_requests_settled_total', { outcome })).toBe(requests[outcome]);
    }
    for (const outcome of ['completed', 'failed', 'shed'] as const)
      expect(total(scrape, 'plimsoll_request_duration_seconds_count', { outcome })).toBe(requests[outcome]);
    expect(total(scrape, 'plimsoll_request_duration_seconds_sum', { outcome: 'completed' })).toBeCloseTo(
      (metrics.responseTime.meanMs * metrics.responseTime.count) / 1000,
      9,
    );
    expect(total(scrape, 'plimsoll_queue_wait_seconds_count')).toBe(metrics.queueTime.count);
    const { retried, rerouted } = metrics.attempts;
    expect(total(scrape, 'plimsoll_retries_total')).toBe(retried + rerouted);
    expect(total(scrape, 'plimsoll_retries_total', { reason: 'failed' })).toBeGreaterThan(0);
    expect(total(scrape, 'plimsoll_retries_total', { reason: 'timedOut' })).toBeGreaterThan(0);
    expect(total(scrape, 'plimsoll_failovers_total')).toBe(metrics.failovers);
    expect(total(scrape, 'plimsoll_alerts_total')).toBe(metrics.alerts.raised);
    expect(total(scrape, 'plimsoll_alerts_total', { kind: 'componentFailed' })).toBeGreaterThan(0);
    expect(total(scrape, 'plimsoll_distribution_score')).toBe(metrics.distributionScore);
    expect(total(scrape, 'plimsoll_queue_bound')).toBe(20);
    const all = Object.values(metrics.components);
    for (const one of all) {
      const labels = { component: one.componentId };
      expect(total(scrape, 'plimsoll_component_inflight', labels)).toBe(one.slotsTaken);
      expect(total(scrape, 'plimsoll_component_load_ratio', labels)).toBe(one.utilization);
      expect(total(scrape, 'plimsoll_component_weight', labels)).toBe(one.weight);
    }
    for (const state of ['Available', 'Busy', 'Overloaded', 'Maintenance', 'Failed'])
      expect(total(scrape, 'plimsoll_components', { state })).toBe(all.filter(({ status }) => status === state).length);
    for (const [algorithm, { picks }] of Object.entries(metrics.algorithms))
      expect(total(scrape, 'plimsoll_decisions_total', { algorithm })).toBe(picks);
    expect(total(scrape, 'plimsoll_component_transitions_total')).toBe(rig.of('component.statusChanged').length);
    expect(total(scrape, 'plimsoll_build_info')).toBe(1);
    expect(total(scrape, 'plimsoll_requests_submitted_total', { type: 'other' })).toBe(1);
    expect(total(scrape, 'plimsoll_queue_oldest_age_seconds', { priority: 'LOW' })).toBeCloseTo(0.015, 9);
  });

  it('puts durations into the bucket whose bound they do not exceed', async () => {
    const rig = await Rig.start({
      components: [
        {
          id: 'a',
          handler: ({ payload }, { clock }) =>
            new Promise((resolve) => void clock.setTimeout(() => resolve(1), Number(payload))),
        },
      ],
    });
    for (const payload of [10, 25, 26, 10_001]) rig.execute({ payload });
    await rig.advance(11_000);
    const { samples } = parseExposition(renderPrometheus(rig.balancer)).get('plimsoll_request_duration_seconds')!;
    const upTo = (le: string): number | undefined =>
      samples.find(({ labels }) => labels.le === le && labels.priority === 'NORMAL')?.value;
    expect(['0.005', '0.01', '0.025', '0.05', '10', '+Inf'].map(upTo)).toEqual([0, 1, 2, 3, 3, 4]);
  });

  it('never has the id of a request in it', async () => {
    const rig = await loaded();
    rig.execute({ type: 'orders', id: 'secret-id-of-mine' });
    await rig.advance(1);
    expect(renderPrometheus(rig.balancer)).not.toMatch(/secret-id-of-mine/);
  });

  it('is valid before the first request, and after the end', async () => {
    const rig = new Rig({ idle: true, components: [{ id: 'a', handler: () => 1 }] });
    parseExposition(renderPrometheus(rig.balancer));
    await rig.balancer.start();
    await rig.balancer.stop();
    const scrape = parseExposition(renderPrometheus(rig.balancer));
    expect(total(scrape, 'plimsoll_requests_submitted_total')).toBe(0);
  });

  it('refuses what is no balancer, and a limit that is none', async () => {
    const rig = await Rig.start({ components: [{ id: 'a', handler: () => 1 }] });
    expect(() => renderPrometheus({} as never)).toThrow(/expected a LoadBalancer/);
    expect(() => renderPrometheus(rig.balancer, { maxComponents: -1 })).toThrow(/maxComponents.*given: -1/);
  });

  it('has one series for a type called other and all types that nobody names', async () => {
    const rig = await Rig.start({ components: [{ id: 'other', serves: ['other'], handler: () => 1 }] });
    rig.execute({ type: 'other' });
    rig.execute({ type: 'nobody serves this' });
    await rig.advance(1);
    const scrape = parseExposition(renderPrometheus(rig.balancer));
    expect(total(scrape, 'plimsoll_requests_submitted_total', { type: 'other' })).toBe(2);
    expect(total(scrape, 'plimsoll_requests_settled_total', { component: 'other', outcome: 'completed' })).toBe(1);
  });
});

describe('labels of components', () => {
  const components = (ids: readonly string[]) => ids.map((id) => ({ id, serves: [id], handler: () => 1 }));
  const settled = (rig: Rig, component: string): number =>
    total(parseExposition(renderPrometheus(rig.balancer, { maxComponents: 2 })), 'plimsoll_requests_settled_total', {
      component,
      outcome: 'completed',
    });

  it('are at most so many; the others share one', async () => {
    const rig = await Rig.start({ components: components(Array.from({ length: 250 }, (_, k) => `c${k}`)) });
    for (let k = 0; k < 250; k++) rig.execute({ type: `c${k}` });
    await rig.advance(1);
    const scrape = parseExposition(renderPrometheus(rig.balancer));
    const names = new Set(scrape.get('plimsoll_component_inflight')!.samples.map(({ labels }) => labels.component));
    expect(names.size).toBe(201);
    expect(total(scrape, 'plimsoll_requests_settled_total', { component: 'other' })).toBe(50);
    expect(total(scrape, 'plimsoll_component_weight', { component: 'other' })).toBe(50);
  });

  it('keep every counter from going down, whoever leaves and comes', async () => {
    const rig = await Rig.start({ components: components(['a', 'b', 'c', 'd']) });
    const run = async (...types: string[]): Promise<void> => {
      for (const type of types) rig.execute({ type });
      await rig.advance(1);
    };
    await run('a', 'a', 'b', 'c', 'd');
    expect(['a', 'b', 'c', 'other'].map((name) => settled(rig, name))).toEqual([2, 1, 0, 2]);
    rig.balancer.deregister('a');
    await rig.advance(1);
    // what a has done is not counted again for the others, and c does not leave them for the free place
    expect(['a', 'b', 'c', 'other'].map((name) => settled(rig, name))).toEqual([0, 1, 0, 2]);
    rig.balancer.deregister('c');
    rig.balancer.register({ id: 'e', serves: ['e'], handler: () => 1 });
    await run('e', 'd');
    expect(['b', 'e', 'other'].map((name) => settled(rig, name))).toEqual([1, 1, 3]);
    // a newcomer that has the index of one that has left starts at 0
    rig.balancer.register({ id: 'f', serves: ['f'], handler: () => 1 });
    await run('f');
    expect(['b', 'e', 'other'].map((name) => settled(rig, name))).toEqual([1, 1, 4]);
  });
});

describe.skipIf(promtoolMissing !== undefined)(
  `promtool check metrics${promtoolMissing ? `: SKIPPED, ${promtoolMissing}` : ''}`,
  () => {
    it('finds nothing wrong with a scrape', async () => {
      const rig = await loaded();
      const { status, said } = promtool(['check', 'metrics'], renderPrometheus(rig.balancer));
      expect(said).toBe('');
      expect(status).toBe(0);
    });
  },
);
