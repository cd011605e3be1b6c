import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import {
  type BalancerSettings,
  type ConfigChanges,
  type changesSchema,
  settingsSchema,
} from '../../src/domain/settings.ts';
import { configurationPage, settingsTable, settingsTypes } from './configuration.ts';
import { requestsPage } from './request-reference.ts';

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

describe('src/domain/balancer-settings.ts', () => {
  it('says of the settings what the schema says (else run: npm run docs:configuration)', () => {
    const { current, expected } = settingsTypes();
    expect(current).toBe(expected);
  });

  it('has the types of the schema', () => {
    expectTypeOf<z.input<typeof settingsSchema>>().toExtend<BalancerSettings>();
    expectTypeOf<BalancerSettings>().toExtend<z.input<typeof settingsSchema>>();
    expectTypeOf<keyof BalancerSettings>().toEqualTypeOf<keyof z.input<typeof settingsSchema>>();
    expectTypeOf<z.input<typeof changesSchema>>().toExtend<ConfigChanges>();
    expectTypeOf<ConfigChanges>().toExtend<z.input<typeof changesSchema>>();
    expectTypeOf<keyof ConfigChanges>().toEqualTypeOf<keyof z.input<typeof changesSchema>>();
  });
});

describe('docs/guide/requests.md', () => {
  it('says of requests and calls what their docstrings say (else run: npm run docs:configuration)', () => {
    const { current, expected } = requestsPage();
    expect(current).toBe(expected);
    for (const field of ['preferredComponents', 'affinityKey', 'whenFull', 'signal', 'drain'])
      expect(current).toMatch(new RegExp(`^\\| \`${field}\` \\| .* \\| .*[Dd]efault.* \\|$`, 'm'));
  });
});
