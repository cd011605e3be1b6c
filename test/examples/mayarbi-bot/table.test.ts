import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { BotView } from '../../../docs/examples/mayarbi-bot/bot-view.ts';
import { palette, Repainter, wantsColour } from '../../../docs/examples/mayarbi-bot/paint.ts';
import { barOf, renderLine, renderTable, TABLE_WIDTH } from '../../../docs/examples/mayarbi-bot/table.ts';
import { component, view } from './view.ts';

describe('live table', () => {
  it('shows components, queue, outcomes and notices', () => {
    expect(renderTable(view).join('\n')).toMatchInlineSnapshot(`
      "mayarbi 12.3 of 30 s   adaptive  pressure normal  failover degraded
      ────────────────────────────────────────────────────────────────────────────────
      component        state               slots taken       done failed p50 ms p99 ms
      arbitrage_engine ● Available         █······· 2/20     1234      0   0.12   45.7
      price_feeds      ✖ Failed probing    ········ 0/20     1234      7   0.12   45.7
      wallet_manager   ▲ Overloaded        ████████ 8/8      1234      0      –   1235
      ────────────────────────────────────────────────────────────────────────────────
      queue     CRITICAL 0  HIGH 10  NORMAL 20  LOW 30  MINIMAL 40
      requests  submitted 1000  completed 900  failed 10  timedOut 5  shed 20
                rejected 15  cancelled 8
      bot       trading halted  ticks 700  opportunities 12  wallet operations 11
                bad ticks 3
          5.0 s  price_feeds: Busy to Failed
          5.0 s  failover of price_feeds: 3 moved, 1 awaited

      "
    `);
  });

  it('says the same with colours', () => {
    const coloured = renderTable(view, true);
    expect(coloured.join('')).toContain('\u001b[31mtrading halted\u001b[39m');
    expect(coloured.map((line) => stripVTControlCharacters(line))).toEqual(renderTable(view));
  });

  it('fits into 80 columns, whatever the numbers and names', () => {
    const big = 12_345_678;
    const huge: BotView = {
      ...view,
      elapsedMs: 86_400_000,
      durationMs: 86_400_000,
      algorithm: 'weighted-round-robin',
      pressure: 'shedding',
      failover: 'rerouting',
      components: [
        component('a_component_with_a_long_name', { status: 'Maintenance', detail: 'draining', p99Ms: 999_999 }),
      ],
      queue: view.queue.map(({ priority }) => ({ priority, waiting: 1000 })),
      outcomes: {
        ...view.outcomes,
        submitted: big,
        completed: big,
        failed: big,
        timedOut: big,
        shed: big,
        rejected: big,
      },
      bot: Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`some count ${i}`, big])),
      notices: [{ atMs: 1, text: 'x'.repeat(200) }],
    };
    for (const line of renderTable(huge)) expect(line.length).toBeLessThanOrEqual(TABLE_WIDTH);
  });

  it('keeps its height while notices come', () => {
    const many = Array.from({ length: 9 }, (_, i) => ({ atMs: i, text: `notice ${i}` }));
    const heights = [0, 1, 9].map((count) => renderTable({ ...view, notices: many.slice(0, count) }).length);
    expect(new Set(heights).size).toBe(1);
    expect(renderTable({ ...view, notices: many }).at(-1)).toContain('notice 8');
  });

  it('draws a bar that is empty, full, or between, by what is true', () => {
    expect([barOf(0, 20), barOf(1, 20), barOf(10, 20), barOf(19, 20), barOf(20, 20)]).toEqual([
      '········',
      '█·······',
      '████····',
      '███████·',
      '████████',
    ]);
    expect([barOf(25, 20), barOf(1, 0)]).toEqual(['████████', '········']);
  });
});

describe('log line', () => {
  it('says all in one line', () => {
    expect(renderLine(view)).toMatchInlineSnapshot(
      `"t=12s pressure=normal failover=degraded trading=halted submitted=1000 completed=900 failed=10 timedOut=5 shed=20 rejected=15 cancelled=8 queued=30 inFlight=10 ticks=700 opportunities=12 wallet_operations=11 bad_ticks=3 price_feeds=Failed(probing)"`,
    );
  });
});

describe('painting', () => {
  it('uses colour on a terminal, unless told not to', () => {
    expect(wantsColour(true, {})).toBe(true);
    expect(wantsColour(true, { NO_COLOR: '' })).toBe(true);
    expect(wantsColour(true, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour(true, { TERM: 'dumb' })).toBe(false);
    expect(wantsColour(false, {})).toBe(false);
    expect(palette(false).bad('x')).toBe('x');
  });

  it('repaints in place', () => {
    const painter = new Repainter();
    expect(painter.next(['a', 'b'])).toBe('a\u001b[K\nb\u001b[K\n\u001b[J');
    expect(painter.next(['c'])).toBe('\u001b[2A\rc\u001b[K\n\u001b[J');
    expect(painter.next(['d'])).toBe('\u001b[1A\rd\u001b[K\n\u001b[J');
    painter.forget();
    expect(painter.next(['e'])).toBe('e\u001b[K\n\u001b[J');
  });
});
