import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const EXECUTABLES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Debian's Chromium; `.ci/run` installs it. */
export const executablePath = EXECUTABLES.find((path) => existsSync(path));

if (executablePath === undefined) {
  process.stderr.write(
    '\n*** NO CHROMIUM: the tests of the inspector page are SKIPPED. apt-get install chromium ***\n\n',
  );
}

/** A browser that talks to nobody of its own accord. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    timeout: 120_000,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A page in a fresh profile, and everything that it should not have done. */
export class Visit {
  readonly page: Page;
  /** Errors on the console, uncaught errors, requests that left the origin. */
  readonly faults: string[] = [];
  private readonly context: BrowserContext;

  private constructor(context: BrowserContext, page: Page, origin: string, expectsLoss: () => boolean) {
    this.context = context;
    this.page = page;
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      // Chromium itself reports a call that was refused, which is the server's way of saying that something changed
      if (message.text().includes('status of 409')) return;
      // Chromium itself reports a server that is down; what the page makes of it is what the test looks at
      if (expectsLoss() && message.text().includes('ERR_')) return;
      this.faults.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.faults.push(`uncaught: ${error.message}`));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(`${origin}/`) && !url.startsWith('data:')) this.faults.push(`left the origin: ${url}`);
    });
  }

  static async open(
    browser: Browser,
    url: string,
    options: {
      width?: number;
      height?: number;
      theme?: 'dark' | 'light';
      reducedMotion?: 'reduce';
      expectsLoss?: () => boolean;
    } = {},
  ): Promise<Visit> {
    const { width = 1440, height = 900, theme = 'dark', reducedMotion, expectsLoss = () => false } = options;
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      ...(reducedMotion === undefined ? {} : { reducedMotion }),
    });
    context.setDefaultTimeout(120_000);
    const page = await context.newPage();
    const visit = new Visit(context, page, new URL(url).origin, expectsLoss);
    await page.goto(url);
    await page.getByText('● live').waitFor();
    await page.locator('.tree').waitFor();
    return visit;
  }

  /** Waits until an expression in the page is true. `waitForFunction` would evaluate text, which the page's policy forbids. */
  async holds(expression: string): Promise<void> {
    while ((await this.page.evaluate(expression)) !== true)
      await this.page.evaluate('new Promise(requestAnimationFrame)');
  }

  /** Rules of WCAG 2.2 A and AA that the page breaks. */
  async violations(): Promise<string[]> {
    const path = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
    await this.page.evaluate(readFileSync(path, 'utf8'));
    return this.page.evaluate<
      string[]
    >(`axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then(({ violations }) => violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 160) + ' ' + failureSummary)))`);
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
