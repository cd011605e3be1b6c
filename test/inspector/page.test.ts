import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ComponentSpec, LoadBalancer, LoadBalancerConfig } from '../../src/index.ts';
import { type InspectOptions, type Inspector, inspect } from '../../src/inspector.ts';
import { VirtualClock } from '../../src/testing.ts';
import { executablePath, launch, Visit } from '../support/browser.ts';
import { quietBalancer, TestViewer, until } from '../support/inspecting.ts';

/** A browser on a busy machine of two cores is slow; nothing here depends on how slow. */
const LONG_MS = 240_000;

describe.skipIf(executablePath === undefined)('the page', { timeout: LONG_MS }, () => {
  let browser: Browser;
  let balancer: LoadBalancer;
  let inspector: Inspector;
  let visit: Visit;
  let losing = false;
  const token = 't'.repeat(32);

  const start = async (
    ids: readonly string[],
    given: {
      config?: Partial<LoadBalancerConfig>;
      spec?: Partial<ComponentSpec>;
      inspect?: InspectOptions;
      visit?: Parameters<typeof Visit.open>[2];
    } = {},
  ): Promise<Visit['page']> => {
    losing = false;
    balancer = await quietBalancer(ids, given.config, given.spec);
    inspector = await inspect(balancer, { admin: true, token, ...given.inspect });
    visit = await Visit.open(browser, inspector.url, { expectsLoss: () => losing, ...given.visit });
    return visit.page;
  };
  const lit = (path: string): string => `.statechart .lit[data-path="${path}"]`;
  const select = (id: string): Promise<void> => visit.page.locator(`[data-id="${id}"] .actor`).click();

  beforeAll(async () => {
    browser = await launch();
  }, LONG_MS);
  afterAll(() => browser?.close(), LONG_MS);
  afterEach(async () => {
    const { faults } = visit;
    await visit.close();
    await inspector.close();
    await balancer.stop({ drain: false });
    expect(faults).toEqual([]);
  }, LONG_MS);

  it('lights the states of a real failover, from failure to the end of the slow start', async () => {
    let healthy = false;
    const page = await start(['a', 'b'], {
      config: { recovery: { baseDelayMs: 1_000, slowStartMs: 1_000 } },
      spec: { check: () => healthy, handler: () => new Promise((resolve) => setTimeout(resolve, 20)) },
    });
    await select('a');
    await page.locator(lit('operational.load.available')).waitFor();
    await page.locator(lit('operational.ramp.steady')).waitFor();
    balancer.fail('a', 'power cut');
    await page.locator(lit('failed.isolated')).waitFor();
    await page.getByText('power cut').first().waitFor();
    await page.locator('.top').getByText('degraded').waitFor();
    healthy = true;
    await page.locator(lit('operational.ramp.warming')).waitFor();
    await page.locator(lit('operational.ramp.steady')).waitFor();
    const log = await page.locator('.lines tbody tr').allInnerTexts();
    const text = log.reverse().join('\n');
    expect(text).toMatch(/available → ✕ failed[\s\S]*failed.isolated → failed.probing[\s\S]*failed → ● available/);
    await page.locator('.top').getByText('steady').waitFor();
  });

  it('drains, resumes, fails and recovers, each after naming its target', async () => {
    const page = await start(['alpha', 'beta']);
    await select('alpha');
    const act = async (action: string, state: string): Promise<void> => {
      await page.locator('.actions').getByRole('button', { name: action, exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(`${action} alpha?`).waitFor();
      await dialog.getByLabel('Reason').fill(`because ${action}`);
      await dialog.getByRole('button', { name: `${action} alpha` }).click();
      await page.locator(lit(state)).waitFor();
    };
    await act('drain', 'maintenance.drained');
    await act('resume', 'operational.load.available');
    await act('fail', 'failed.isolated');
    await act('recover', 'failed.probing');
    await page.getByRole('tab', { name: 'Audit log' }).click();
    const entries = await page.locator('.lines tbody tr').allInnerTexts();
    expect(entries).toHaveLength(4);
    expect(entries[0]).toMatch(/recover alpha\s+done\s+because recover/);
  });

  it('pauses and resumes dispatch and switches the algorithm', async () => {
    const page = await start(['a', 'b']);
    const confirm = (): Promise<void> => page.getByRole('dialog').locator('.primary').click();
    await page.getByRole('button', { name: 'pause', exact: true }).click();
    await confirm();
    await page.locator('.top').getByText('paused').waitFor();
    expect(balancer.liveStats().regions.dispatch).toBe('paused');
    await page.getByRole('button', { name: 'resume dispatch' }).click();
    await confirm();
    await page.locator('.top').getByText('flowing').waitFor();
    await page.locator('.actions select').selectOption('round-robin');
    await confirm();
    await page.locator(lit('active.algorithm.roundRobin')).waitFor();
    expect(balancer.liveStats().regions.algorithm).toBe('round-robin');
  });

  it('warns before the last available component goes, and says when something changed meanwhile', async () => {
    const page = await start(['a', 'b']);
    balancer.drain('b');
    await select('a');
    await page.getByRole('button', { name: 'drain', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'drain a' }).click();
    await dialog.getByText('last component that works').waitFor();
    await dialog.getByRole('button', { name: 'by force' }).click();
    await page.locator(lit('maintenance.drained')).waitFor();
    await page.getByRole('button', { name: 'resume', exact: true }).click();
    balancer.resume('a');
    await dialog.getByRole('button', { name: 'resume a' }).click();
    await dialog.getByText('it is operational.available now').waitFor();
    await dialog.getByRole('button', { name: 'close' }).click();
  });

  it('only shows when the server only shows', async () => {
    const page = await start(['a'], { inspect: { admin: false } });
    await select('a');
    await page.locator(lit('operational.load.available')).waitFor();
    expect(await page.locator('.actions').count()).toBe(0);
  });

  it('keeps its history over a reload, and its token out of the address', async () => {
    const page = await start(['a']);
    await balancer.execute({ type: 'GENERAL' });
    balancer.drain('a', 'before the reload');
    balancer.resume('a');
    await page.getByText('before the reload').first().waitFor();
    expect(page.url()).not.toContain(token);
    await visit.holds(`document.querySelectorAll('.plots .u-over').length === 6`);
    await page.reload();
    await page.getByText('before the reload').first().waitFor();
    await page.locator('.charts').getByRole('button', { name: 'as a table' }).click();
    await page.locator('.twin-table tbody tr').first().waitFor();
  });

  it('says that the line is lost, and is live again when the server is back', async () => {
    const page = await start(['a']);
    losing = true;
    const { port } = inspector;
    await inspector.close();
    await page.getByText('✕').first().waitFor();
    await page.locator('.link.closed, .link.lost').waitFor();
    inspector = await inspect(balancer, { port, token, admin: true });
    await page.getByText('● live').waitFor();
    balancer.drain('a');
    await select('a');
    await page.locator(lit('maintenance.drained')).waitFor();
  });

  it('shows 1,000 components with at most 100 rows, failed ones first', async () => {
    const ids = Array.from({ length: 1_000 }, (_, k) => `worker-${k}`);
    const page = await start(ids);
    balancer.fail('worker-777', 'disk');
    await visit.holds(`document.querySelector('.row')?.getAttribute('data-id') === 'worker-777'`);
    expect(await page.locator('.row').count()).toBeLessThanOrEqual(100);
    await page.evaluate(`document.querySelector('.components').scrollTo(0, 1e9)`);
    await visit.holds(
      `document .querySelectorAll('.row') .item(document.querySelectorAll('.row').length - 1) ?.getAttribute('data-id') === 'worker-999'`,
    );
    expect(await page.locator('.row').count()).toBeLessThanOrEqual(100);
    await page.locator('#filter').fill('failed');
    await visit.holds(`document.querySelectorAll('.row').length === 1`);
    await page.locator('#filter').fill('');
    expect(await page.evaluate(`document.querySelectorAll('*').length`)).toBeLessThan(2_500);
  });

  it('catches up by one snapshot after it has stalled, with frames skipped in between', async () => {
    const clock = new VirtualClock(1_000_000);
    const ids = Array.from({ length: 1_000 }, (_, k) => `worker-${k}`.padEnd(100, '-'));
    const opened = start(ids, { config: { clock }, inspect: { clock } });
    let looking = true;
    // time goes on, whoever looks
    const time = (async () => {
      while (looking) await clock.advance(250);
    })();
    const page = await opened;
    const watcher = await new TestViewer(inspector.url).open();
    // rates fade, so that every row changes in every frame
    await Promise.all(Array.from({ length: 900 }, () => balancer.execute({ type: 'GENERAL' })));
    const session = await page.context().newCDPSession(page);
    await session.send('Debugger.enable');
    await session.send('Debugger.pause');
    await until(() => (watcher.known?.summary.cost.skipped ?? 0) > 10);
    balancer.fail(ids[500]!, 'while it was away');
    await session.send('Debugger.resume');
    await session.send('Debugger.disable');
    await page.getByText('while it was away').first().waitFor();
    await visit.holds(`document.querySelector('.row')?.getAttribute('data-id') === '${ids[500]}'`);
    watcher.close();
    looking = false;
    await time;
    const stopped = balancer.stop({ drain: false });
    await clock.advance(0);
    await stopped;
  });

  it('keeps a pinned component on top, whatever is worse', async () => {
    const page = await start(['a', 'b', 'c']);
    await page.getByRole('button', { name: 'Pin c' }).click();
    balancer.fail('b');
    await visit.holds(
      `[...document.querySelectorAll('.row')].map((row) => row.getAttribute('data-id')).join() === 'c,b,a'`,
    );
  });

  it('can be used by keyboard alone', async () => {
    const page = await start(['alpha', 'beta', 'gamma']);
    const { keyboard } = page;
    await keyboard.press('/');
    await keyboard.type('bet');
    await visit.holds(`document.querySelectorAll('.row').length === 1`);
    await keyboard.press('Escape');
    // Escape empties the field, as everywhere: alpha, beta, gamma come after the balancer and its four monitors
    await visit.holds(`document.querySelectorAll('.row').length === 3`);
    for (let k = 0; k < 6; k++) await keyboard.press('j');
    await page.locator('[data-id="beta"] [aria-current="true"]').waitFor();
    await page.locator(lit('operational.load.available')).waitFor();
    await keyboard.press('k');
    await page.locator('.tree [aria-current="true"]', { hasText: 'alpha' }).waitFor();
    await keyboard.press('j');
    await keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await keyboard.press('p');
    await page.getByText('❚❚ frozen').waitFor();
    balancer.drain('beta');
    await keyboard.press('p');
    await page.locator(lit('maintenance.drained')).waitFor();
    // on by Tab to the action, and Enter
    for (let k = 0; k < 40; k++) {
      if ((await page.evaluate(`document.activeElement?.textContent`)) === 'resume') break;
      await keyboard.press('Tab');
    }
    await keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    for (let k = 0; k < 6; k++) {
      if ((await page.evaluate(`document.activeElement?.textContent`)) === 'resume beta') break;
      await keyboard.press('Tab');
    }
    await keyboard.press('Enter');
    await page.locator(lit('operational.load.available')).waitFor();
    await page.locator('#tab-changes').focus();
    await keyboard.press('ArrowRight');
    await page.locator('#tab-lanes[aria-selected="true"]').waitFor();
  });

  it('shows what was selected last, although the first call to say so comes last', async () => {
    const page = await start(['alpha', 'beta']);
    const { keyboard } = page;
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let calls = 0;
    await page.route('**/api/view', async (route) => {
      if (calls++ === 0) await held;
      await route.continue();
    });
    await keyboard.press('j');
    await until(() => calls === 1);
    for (let k = 0; k < 5; k++) await keyboard.press('j');
    await page.locator('[data-id="beta"] [aria-current="true"]').waitFor();
    // two frames are time for calls that would not wait for the first, and for what it would do to the page
    const other = await new TestViewer(inspector.url).open();
    const frames = (from: number): Promise<void> => until(() => other.deltas >= from + 2);
    await frames(0);
    const answered = page.waitForResponse('**/api/view');
    release();
    await answered;
    await frames(other.deltas);
    other.close();
    await page.locator(lit('operational.load.available')).waitFor();
  });

  it('asks again for what got lost on the way', async () => {
    const page = await start(['alpha']);
    losing = true;
    const lost: string[] = [];
    await page.route(/\/api\/(view|chart|history)/, async (route) => {
      const { pathname } = new URL(route.request().url());
      if (lost.includes(pathname)) return route.continue();
      lost.push(pathname);
      await route.abort();
    });
    await select('alpha');
    await page.locator(lit('operational.load.available')).waitFor();
    await visit.holds(`document.querySelectorAll('.plots .u-over').length === 6`);
    expect(lost.sort()).toEqual(['/api/chart', '/api/history', '/api/view']);
  });

  it.each(['dark', 'light'] as const)('breaks no rule of axe in the %s theme, on any tab', async (theme) => {
    const page = await start(['a', 'b', 'c'], { visit: { theme } });
    balancer.fail('a', 'power cut');
    balancer.drain('b');
    await balancer.execute({ type: 'GENERAL' });
    await select('a');
    await page.locator(lit('failed.isolated')).waitFor();
    for (const tab of ['State changes', 'Sequence', 'Messages', 'Audit log', 'Decisions']) {
      await page.getByRole('tab', { name: tab }).click();
      if (tab === 'Decisions') {
        await page.getByRole('button', { name: 'who would get it?' }).click();
        await page.getByText('in maintenance: drained').waitFor();
      }
      expect(await visit.violations()).toEqual([]);
    }
    await page.getByRole('button', { name: 'recover' }).click();
    expect(await visit.violations()).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'close' }).click();
  });

  it('draws who told whom what, and counts what it leaves out', async () => {
    const page = await start(['a', 'b']);
    await page.getByRole('tab', { name: 'Sequence' }).click();
    await page.getByText('Nothing heard yet').waitFor();
    for (let k = 0; k < 50; k++) await balancer.execute({ type: 'GENERAL' });
    await page.locator('.said text', { hasText: 'request.assign' }).first().waitFor();
    expect(await page.locator('.lane').count()).toBeLessThanOrEqual(8);
    await page.getByRole('tab', { name: 'Messages' }).click();
    for (let k = 0; k < 50; k++) await balancer.execute({ type: 'GENERAL' });
    await page.locator('.two td', { hasText: 'request.submit' }).first().waitFor();
  });

  it('asks for nothing while it is hidden', async () => {
    const page = await start(['a']);
    const hide = (hidden: boolean): Promise<unknown> =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'))`,
      );
    const answered = page.waitForResponse((response) => response.url().endsWith('/api/view'));
    await hide(true);
    await answered;
    balancer.drain('a', 'unseen');
    // whoever else looks has had two frames with it: the hidden page would have had them too
    const other = await new TestViewer(inspector.url).open();
    await until(() => other.deltas >= 2);
    other.close();
    expect(await page.getByText('unseen').count()).toBe(0);
    await hide(false);
    await page.getByText('unseen').first().waitFor();
  });

  it('fits a phone, and holds still for who asks for it', async () => {
    const page = await start(['a', 'b'], { visit: { width: 390, height: 844, reducedMotion: 'reduce' } });
    await select('a');
    await page.locator(lit('operational.load.available')).waitFor();
    expect(await page.evaluate(`document.documentElement.scrollWidth`)).toBeLessThanOrEqual(390);
    const duration = await page.evaluate(
      `getComputedStyle(document.querySelector('.statechart rect')).transitionDuration`,
    );
    expect(duration).toBe('0s');
    expect(await visit.violations()).toEqual([]);
  });
});
