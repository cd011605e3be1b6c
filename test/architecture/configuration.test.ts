import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../../src/domain/settings.ts';
import { configurationPage, settingsTable } from './configuration.ts';

describe('docs/guide/configuration.md', () => {
  it('tells of the settings what the schema says (else run: npm run docs:configuration)', () => {
    const { current, expected } = configurationPage();
    expect(current).toBe(expected);
  });

  it('names every setting with unit, range and default', () => {
    const table = settingsTable();
    for (const key of Object.keys(settingsSchema.shape)) expect(table).toMatch(new RegExp(`\`${key}[\`.]`));
    expect(table).toContain('| `maxQueueSize` • | integer, 1 to 10,000,000 | `1000` |');
    expect(table).toContain('| `highLoadThreshold` • | above 0 to 1 | `0.7` |');
    expect(table).toContain('| `agingMs` • | ms, above 0 or `null` | `5000` |');
    expect(table).toContain('| `recovery.baseDelayMs` | ms, 1 and up | `1000` |');
  });
});
