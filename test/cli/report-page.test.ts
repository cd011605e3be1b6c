import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageOf } from '../../src/cli/simulation/page/page.ts';
import { type ScenarioInput, type SimulationReport, simulate } from '../../src/testing.ts';
import { executablePath, launch } from '../support/browser.ts';

const WINDOWS = { fault: { fromMs: 2_000, toMs: 4_000 } };
const SCENARIO: ScenarioInput = {
  name: 'a <b> & "c"',
  description: 'One of two fails.',
  components: [
    { id: 'x<y>', capacity: 4 },
    { id: 'plain', capacity: 4 },
  ],
  arrivals: { process: 'poisson', load: 1.1 },
  requests: [{ priority: { CRITICAL: 1, LOW: 3 }, deadlineMs: 500 }],
  faults: [{ kind: 'failing', component: 'x<y>', share: 1, atMs: 2_000, forMs: 2_000 }],
  windows: WINDOWS,
  warmUpMs: 1_000,
  durationMs: 8_000,
};

const played = (): Promise<SimulationReport> =>
  simulate(SCENARIO, { algorithms: ['adaptive', 'round-robin'], seeds: [1, 2] });

describe('the page of a simulation', () => {
  it('is the same bytes for the same seeds', async () => {
    const [one, other] = [pageOf(await played(), WINDOWS), pageOf(await played(), WINDOWS)];
    expect(one).toBe(other);
  });

  it('loads nothing, runs nothing, and takes names for text', async () => {
    const page = pageOf(await played(), WINDOWS);
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|https?:/);
    expect(page).toContain('a &lt;b&gt; &amp; &quot;c&quot;');
    expect(page).not.toContain('x<y>');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('shows what happened: the failed component as a band, what waited by class, the window by itself', async () => {
    const report = await played();
    const page = pageOf(report, WINDOWS);
    const failed = report.runs[0]!.states['x<y>']!.find(({ state }) => state.startsWith('failed'));
    expect(failed!.atMs).toBeGreaterThanOrEqual(2_000);
    expect(page).toContain('<title>x&lt;y&gt;: failed.isolated, 2');
    expect(page).toContain('<title>x&lt;y&gt;: failing, 2 s to 4 s</title>');
    expect(page).toContain('Window “fault”, 2 s to 4 s');
    expect(page).toMatch(/adaptive: queue by class[\s\S]*LOW/);
  });

  it('says so where there is nothing to draw', async () => {
    const idle = await simulate(
      { ...SCENARIO, arrivals: { process: 'poisson', perSecond: 0.001 }, faults: [], windows: {} },
      { seeds: [1] },
    );
    const page = pageOf(idle, {});
    expect(page).toContain('Nothing waited');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe.skipIf(executablePath === undefined)('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  it.for(['light', 'dark'] as const)('breaks no rule of axe in %s, and fits a phone', async (colorScheme) => {
    const page = await browser.newPage({ colorScheme, viewport: { width: 380, height: 800 } });
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    await page.setContent(pageOf(await played(), WINDOWS));
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(380);
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
    const violations = await page.evaluate(
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html))',
    );
    expect(violations).toEqual([]);
    expect(said).toEqual([]);
    await page.close();
  });
});
