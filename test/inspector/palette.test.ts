import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contrast, distance, SIGHTS } from '../support/colour.ts';

const css = readFileSync(new URL('../../src/inspector/page/app.css', import.meta.url), 'utf8');
const STATUSES = ['available', 'busy', 'overloaded', 'maintenance', 'failed'];

/** The colours that a rule of the page's style sheet sets. */
function colours(selector: string): Map<string, string> {
  const rule = css.slice(css.indexOf(`${selector} {`));
  const body = rule.slice(0, rule.indexOf('}'));
  return new Map([...body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = '', hex = '']) => [name, hex]));
}

describe.each([
  ['dark', colours(':root')],
  ['light', colours(':root[data-theme="light"]')],
])('the %s palette', (_theme, palette) => {
  const of = (name: string): string => palette.get(name) ?? 'missing';
  const grounds = ['bg', 'panel', 'raised'];

  it.each([...STATUSES, 'text', 'muted', 'accent'])('lets %s be read on every ground: 4.5 to 1 (WCAG AA)', (name) => {
    for (const ground of grounds) expect(contrast(of(name), of(ground))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['line-1', 'line-2', 'line-3', 'line-4', 'line-5'])('lets %s be seen on a panel: 3 to 1', (name) => {
    expect(contrast(of(name), of('panel'))).toBeGreaterThanOrEqual(3);
  });

  it('has an ink that can be read on each status, and on the accent', () => {
    for (const name of [...STATUSES, 'accent']) expect(contrast(of('bg'), of(name))).toBeGreaterThanOrEqual(4.5);
  });

  // about 2 is just noticeable; the five are five times as far apart, in whatever pair
  it.each(SIGHTS)('tells the five states apart to an eye with %s', (sight) => {
    for (const a of STATUSES)
      for (const b of STATUSES) if (a < b) expect(distance(of(a), of(b), sight), `${a} and ${b}`).toBeGreaterThan(10);
  });
});
