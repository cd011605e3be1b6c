import { describe, expect, it } from 'vitest';
import { conservationOf } from '../../../docs/examples/mayarbi-bot/conservation.ts';
import { renderReport } from '../../../docs/examples/mayarbi-bot/report.ts';
import type { WalletAudit } from '../../../docs/examples/mayarbi-bot/work/wallet-manager.ts';
import { view } from './view.ts';

const wallet: WalletAudit = {
  operations: 11,
  effects: 11,
  doubled: [],
  unknown: [],
  repeats: 2,
  gaps: [],
  badSignatures: [],
};
const input = { view, events: view.notices, wallet };

describe('conservation', () => {
  it('finds what is lost and what is counted twice', () => {
    expect(conservationOf(view.outcomes)).toEqual({ settled: 958, open: 42, missing: 0, holds: true });
    expect(conservationOf({ ...view.outcomes, submitted: 1003 })).toMatchObject({ missing: 3, holds: false });
    expect(conservationOf({ ...view.outcomes, shed: 21 })).toMatchObject({ missing: -1, holds: false });
  });
});

describe('report', () => {
  it('adds up, and shows that it does', () => {
    const { text, sound } = renderReport(input);
    expect(sound).toBe(true);
    expect(text).toMatchInlineSnapshot(`
      "MayArbi ran for 12.3 s.

      What happened
           5.0 s  price_feeds: Busy to Failed
           5.0 s  failover of price_feeds: 3 moved, 1 awaited

      Components
        arbitrage_engine  Available    done 1234, failed 0
        price_feeds       Failed       done 1234, failed 7
        wallet_manager    Overloaded   done 1234, failed 0

      Requests
        submitted = completed + failed + timedOut + shed + rejected + cancelled + queued + inFlight + awaitingRetry
        1000 = 900 + 10 + 5 + 20 + 15 + 8 + 30 + 10 + 2 = 1000
        adds up: every request is accounted for, once

      Bot
        ticks                 700
        opportunities         12
        wallet operations     11
        bad ticks             3

      Wallet
        11 operations took effect, 11 side effects, 2 repeats refused
        each side effect happened at most once
      "
    `);
  });

  it('leaves out of the sum where nothing is, once all has ended', () => {
    const outcomes = { ...view.outcomes, submitted: 958, queued: 0, inFlight: 0, awaitingRetry: 0 };
    const { text } = renderReport({ ...input, view: { ...view, outcomes } });
    expect(text).toContain('submitted = completed + failed + timedOut + shed + rejected + cancelled\n');
    expect(text).toContain('958 = 900 + 10 + 5 + 20 + 15 + 8 = 958');
  });

  it('says loudly when it does not add up', () => {
    const lost = renderReport({ ...input, view: { ...view, outcomes: { ...view.outcomes, submitted: 1003 } } });
    expect(lost.sound).toBe(false);
    expect(lost.text).toContain('1003 ≠');
    expect(lost.text).toContain('DOES NOT ADD UP: 3 lost');
    const doubled = renderReport({ ...input, view: { ...view, outcomes: { ...view.outcomes, shed: 22 } } });
    expect(doubled.text).toContain('DOES NOT ADD UP: 2 counted twice');
  });

  it('is not sound when money moved twice or a signature is bad', () => {
    const twice = renderReport({ ...input, wallet: { ...wallet, effects: 12, doubled: ['op 7'] } });
    expect(twice.sound).toBe(false);
    expect(twice.text).toContain('AT MOST ONCE IS BROKEN');
    expect(twice.text).toContain('DONE TWICE: op 7');
    const forged = renderReport({ ...input, wallet: { ...wallet, badSignatures: ['op 8'] } });
    expect(forged.sound).toBe(false);
    expect(forged.text).toContain('BAD SIGNATURE: op 8');
  });

  it('names operations that somebody has to look at', () => {
    const { text, sound } = renderReport({ ...input, wallet: { ...wallet, unknown: ['op 9'], gaps: [4] } });
    expect(sound).toBe(true);
    expect(text).toContain('look by hand: op 9');
    expect(text).toContain('nonces unused: 4');
  });

  it('tells of bad lines in a ticks file', () => {
    const ticksFile = {
      lines: 10,
      ticks: 8,
      bad: 2,
      badByFault: { NOT_JSON: 2 },
      firstBad: [{ line: 3, fault: 'NOT_JSON' as const, message: 'Unexpected end' }],
      broken: 'EIO',
    };
    const { text } = renderReport({ ...input, ticksFile });
    expect(text).toContain('10 lines: 8 ticks, 2 bad (NOT_JSON 2)');
    expect(text).toContain('line 3: NOT_JSON, Unexpected end');
    expect(text).toContain('reading ended early: EIO');
  });

  it('lists a limited number of events, and needs none', () => {
    const events = Array.from({ length: 50 }, (_, i) => ({ atMs: i * 1000, text: `event ${i}` }));
    expect(renderReport({ ...input, events }).text).toContain('and 10 more');
    expect(renderReport({ ...input, events: [] }).text).not.toContain('What happened');
  });
});
