import { Counter, Registry, register } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { registerPrometheus, renderPrometheus } from '../../../src/prometheus.ts';
import { parseExposition, type ScrapedFamily, total } from '../../support/exposition.ts';
import { Rig } from '../../support/rig.ts';

const started = async (): Promise<Rig> => {
  const rig = await Rig.start({ components: [{ id: 'a "b"', handler: () => 1 }] });
  rig.executeMany(5, { priority: 'HIGH' });
  await rig.advance(1);
  return rig;
};

/** Blank lines stand between prom-client's families. */
const parse = (text: string): ReadonlyMap<string, ScrapedFamily> => parseExposition(text.replaceAll('\n\n', '\n'));

describe('registerPrometheus', () => {
  it('says the same as renderPrometheus', async () => {
    const rig = await started();
    const registry = new Registry();
    registerPrometheus(rig.balancer, registry);
    const scrape = parse(await registry.metrics());
    const rendered = parseExposition(renderPrometheus(rig.balancer));
    const sorted = (families: ReadonlyMap<string, ScrapedFamily>): unknown[] =>
      [...families].flatMap(([name, { type, help, samples }]) => [
        [name, type, help],
        ...samples
          .map((one) => JSON.stringify([one.name, Object.entries(one.labels).toSorted(), one.value]))
          .toSorted(),
      ]);
    expect(sorted(scrape)).toEqual(sorted(rendered));
  });

  it('reads the balancer once a scrape, and anew at the next', async () => {
    const rig = await started();
    const registry = new Registry();
    let readings = 0;
    const counted = {
      telemetry: () => {
        readings++;
        return rig.balancer.telemetry();
      },
    };
    registerPrometheus(counted, registry);
    await registry.metrics();
    expect(readings).toBe(1);
    rig.execute();
    await rig.advance(1);
    expect(total(parse(await registry.metrics()), 'plimsoll_requests_submitted_total')).toBe(6);
    expect(readings).toBe(2);
  });

  it('leaves the default registry alone, keeps the metrics of others, and can be taken out', async () => {
    const rig = await started();
    const registry = new Registry();
    const mine = new Counter({ name: 'mine_total', help: 'Mine.', registers: [registry] });
    mine.inc();
    const remove = registerPrometheus(rig.balancer, registry);
    expect(register.getMetricsAsArray()).toEqual([]);
    registry.setDefaultLabels({ bot: 'x' });
    const scrape = parse(await registry.metrics());
    expect(total(scrape, 'mine_total')).toBe(1);
    expect(total(scrape, 'plimsoll_requests_submitted_total', { bot: 'x', priority: 'HIGH' })).toBe(5);
    registry.resetMetrics();
    expect(total(parse(await registry.metrics()), 'plimsoll_requests_submitted_total')).toBe(5);
    remove();
    expect(registry.getMetricsAsArray()).toHaveLength(1);
  });

  it('speaks OpenMetrics where the registry does', async () => {
    const rig = await started();
    const registry = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    registerPrometheus(rig.balancer, registry);
    for (let scrape = 0; scrape < 2; scrape++) {
      const text = await registry.metrics();
      expect(text).toMatch(/# TYPE plimsoll_requests_submitted counter\n/);
      expect(text).toMatch(/plimsoll_requests_submitted_total\{type="other",priority="HIGH"\} 5\n/);
      expect(text).not.toMatch(/_total_total/);
    }
  });

  it('refuses a registry that is none, or has a balancer already, and adds nothing then', async () => {
    const rig = await started();
    const registry = new Registry();
    expect(() => registerPrometheus(rig.balancer, {} as never)).toThrow(/expected a Registry of prom-client/);
    const late = new Counter({ name: 'plimsoll_failovers_total', help: 'Mine.', registers: [registry] });
    expect(() => registerPrometheus(rig.balancer, registry)).toThrow(/plimsoll_failovers_total already/);
    expect(registry.getMetricsAsArray()).toEqual([late]);
  });
});
