import { describe, expect, it } from 'vitest';
import { rows } from './resilience/rows.ts';

// With one seed each; `npm run resilience` takes five, for ten minutes, and prints every figure.

const QUICK = [
  'outage',
  'fullyOffered',
  'oneType',
  'rareRoute',
  'oneBad',
  'otherRoute',
  'onlyHome',
  'slowThenFast',
  'lyingCheck',
];

describe.for(QUICK)('%s', (name) => {
  it('comes to no more than it may', { timeout: 120_000 }, async () => {
    let figures = 0;
    for await (const { what, value, most, unit } of rows[name]!(1, 1)) {
      figures++;
      expect(value, `${what} (${unit})`).toBeLessThanOrEqual(most);
    }
    expect(figures).toBeGreaterThan(0);
  });
});
