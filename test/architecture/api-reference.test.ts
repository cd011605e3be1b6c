import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGES, writeApiReference } from './api-reference.ts';
import { root } from './source-tree.ts';

/** Types that an entry mentions and none exports. The list may become shorter, never longer. */
const NOT_EXPORTED = [
  'AboutRequest',
  'Asked',
  'Asking',
  'COMPONENT_STATUSES',
  'ChaosSchedule',
  'Command',
  'CommandRefused',
  'ComparisonRow',
  'CompletedIn',
  'Cover',
  'CoverageReport',
  'ErrorDetails',
  'FailoverModel',
  'FailoverModelOptions',
  'Forecast',
  'IfUndeclared',
  'KnownWorkloadType',
  'LoadAlert',
  'LoadBands',
  'MismatchDetail',
  'OfAnyType',
  'OnComponent',
  'PeriodChanged',
  'PlannedRequest',
  'PressureLevel',
  'Progress',
  'ReadFile',
  'Replying',
  'RunResult',
  'SavedAlgorithmPerformance',
  'Settled',
  'SimulatedAlgorithm',
  'StatelyBase',
  'StatelySnapshot',
  'Strategy',
  'SystemPorts',
  'ThreadCounts',
  'Unsuccessful',
  'Violation',
  'componentChangesSchema',
  'scenarioSchema',
];

const pagesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );

describe('docs/api, the record of what users see', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-api-'));
  let warnings: string[];
  beforeAll(async () => {
    warnings = await writeApiReference(folder);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has a page for each entry', () => {
    expect(Object.keys(pagesOf(PAGES))).toEqual([
      'README.md',
      'plimsoll.inspector.md',
      'plimsoll.machines.md',
      'plimsoll.md',
      'plimsoll.otel.md',
      'plimsoll.presets.mayarbi.md',
      'plimsoll.prometheus.md',
      'plimsoll.testing.md',
    ]);
    const { 'plimsoll.md': page = '', 'plimsoll.testing.md': testing = '' } = pagesOf(PAGES);
    expect(page).toContain('\n### LoadBalancer\n');
    expect(testing).toContain('\n### VirtualClock\n');
  });

  it('is what the sources say (else run: npm run docs:api)', () => {
    const [written, current] = [pagesOf(folder), pagesOf(PAGES)];
    expect(Object.keys(current)).toEqual(Object.keys(written));
    for (const [name, text] of Object.entries(current)) expect(text, name).toBe(written[name]);
  });

  it('names no path of the machine that wrote it', () => {
    for (const text of Object.values(pagesOf(PAGES))) expect(text).not.toContain(root);
  });

  it('mentions no type that is not exported, but for those that are known', () => {
    const found = new Set<string>();
    const others: string[] = [];
    for (const warning of warnings) {
      const name = /^(\w+), defined in .* is referenced by .* but not included in the documentation$/.exec(
        warning,
      )?.[1];
      if (name === undefined) others.push(warning);
      else found.add(name);
    }
    expect([...found].sort()).toEqual(NOT_EXPORTED);
    expect(others, 'what else typedoc warns of').toEqual([]);
  });
});
