import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DESCRIPTIONS } from '../../src/adapters/exporters/families.ts';
import { renderPrometheus } from '../../src/prometheus.ts';
import { parseExposition } from '../support/exposition.ts';
import { promtool, promtoolMissing } from '../support/promtool.ts';
import { scrapedBalancer } from '../support/scraped-balancer.ts';
import { FOLDER, operationsFiles } from './operations/generate.ts';

const files = operationsFiles();
/** What Prometheus itself puts on each series. */
const ADDED = ['job', 'instance'];
const familyOf = (name: string): string =>
  DESCRIPTIONS.some((one) => one.name === name) ? name : name.replace(/_(bucket|sum|count)$/, '');

describe('docs/operations', () => {
  it.for(files)('$name is as generated (else run: npm run docs:operations)', ({ current, expected }) => {
    expect(current).toBe(expected);
  });

  it('names only metrics and labels that a scrape has, and every metric of a scrape is on the dashboard or in the table', async () => {
    const rig = await scrapedBalancer();
    const scrape = parseExposition(renderPrometheus(rig.balancer));
    const labels = new Map(
      [...scrape].map(([name, { samples }]) => [name, new Set(samples.flatMap((one) => Object.keys(one.labels)))]),
    );
    const [dashboard, rules] = ['dashboard.json', 'alerts.yml'].map((name) =>
      files.find((file) => file.name === name)!.expected.replaceAll('\\"', '"'),
    ) as [string, string];
    for (const text of [dashboard, rules]) {
      const selectors = [...text.matchAll(/\b(plimsoll_\w+)(?:\{([^}]*)\})?/g)];
      expect(selectors.length).toBeGreaterThan(8);
      for (const [, name = '', matchers = ''] of selectors) {
        const known = labels.get(familyOf(name));
        expect(known, `no scrape has ${name}`).toBeDefined();
        expect(known!.size + 1, `${name} has no series`).toBeGreaterThan(0);
        for (const [, label = ''] of matchers.matchAll(/(\w+)(?:=|!=|=~|!~)"/g))
          expect([...known!, ...ADDED], `${name} has no label ${label}`).toContain(label);
      }
    }
    const onDashboard = new Set([...dashboard.matchAll(/\bplimsoll_\w+/g)].map(([name]) => familyOf(name)));
    expect([...scrape.keys()].filter((name) => !onDashboard.has(name))).toEqual([]);
    const everyLabel = new Set([...labels.values()].flatMap((set) => [...set]));
    for (const [, list = ''] of `${dashboard}${rules}`.matchAll(/\bby \(([^)]*)\)/g))
      for (const label of list.split(', ')) expect([...everyLabel, ...ADDED]).toContain(label);
  });
});

describe.skipIf(promtoolMissing !== undefined)(
  `promtool${promtoolMissing ? `: SKIPPED, ${promtoolMissing}` : ''}`,
  () => {
    it('takes the alert rules', () => {
      const { status, said } = promtool(['check', 'rules', join(FOLDER, 'alerts.yml')]);
      expect(said).toContain('SUCCESS');
      expect(status).toBe(0);
    });

    it('sees each fire when it should, and only then', () => {
      const { status, said } = promtool(['test', 'rules', join(FOLDER, 'alerts.test.yml')]);
      expect(said).toContain('SUCCESS');
      expect(status).toBe(0);
    });
  },
);
