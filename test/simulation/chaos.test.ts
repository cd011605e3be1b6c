import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chaos, runSchedule } from '../../src/testing/chaos/chaos.ts';
import { schedules } from './schedule-arbitrary.ts';

const SEEDS = 200;
const AT_ONCE = 25;

describe('chaos', () => {
  it.each(Array.from({ length: SEEDS / AT_ONCE }, (_, k) => 1 + k * AT_ONCE))(
    'breaks no rule in 25 random schedules from seed %i on',
    async (from) => {
      const counts = { submitted: 0, completed: 0, crashes: 0, failovers: 0, abandoned: 0 };
      for (let seed = from; seed < from + AT_ONCE; seed++) {
        const report = await chaos({ seed });
        expect(report.violations, `replay: npm run chaos -- --seed ${seed} --verbose`).toEqual([]);
        for (const key of ['submitted', 'completed', 'crashes', 'failovers', 'abandoned'] as const)
          counts[key] += report.counts[key];
      }
      // it is no proof of anything if nothing happened
      expect(counts.submitted).toBeGreaterThan(1_000);
      expect(Math.min(counts.completed, counts.crashes, counts.failovers, counts.abandoned)).toBeGreaterThan(10);
    },
    120_000,
  );

  it('is the same for the same seed', async () => {
    const log: string[][] = [[], []];
    for (const lines of log)
      await chaos({
        seed: 4,
        log: (at, what, detail) => lines.push(`${at} ${what} ${typeof detail === 'string' ? detail : ''}`),
      });
    expect(log[0]!.length).toBeGreaterThan(100);
    expect(log[1]).toEqual(log[0]);
  });
});

describe('any schedule', () => {
  it('breaks no rule', async () => {
    await fc.assert(
      fc.asyncProperty(schedules(60), async (schedule) => {
        const { violations } = await runSchedule(schedule);
        expect(violations).toEqual([]);
      }),
      { numRuns: 500, seed: 20_250_601, endOnFailure: false },
    );
  }, 600_000);
});
