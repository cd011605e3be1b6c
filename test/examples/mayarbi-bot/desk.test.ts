import { describe, expect, it } from 'vitest';
import { Desk } from '../../../docs/examples/mayarbi-bot/desk.ts';
import type { SearchResult } from '../../../docs/examples/mayarbi-bot/work/arbitrage-search.ts';
import type { Checkpoint } from '../../../docs/examples/mayarbi-bot/work/bridge-monitor.ts';
import { HandlerError } from '../../../src/domain/errors.ts';
import type { TerminalFact } from '../../../src/domain/events.ts';
import type { WorkloadRequest } from '../../../src/domain/request.ts';

const about = {
  requestId: 'r',
  priority: 'NORMAL',
  metadata: undefined,
  attempts: 1,
  totalMs: 1,
  componentId: 'c',
} as const;

const completed = (workload: string, result: unknown): TerminalFact => ({
  type: 'request.completed',
  workload,
  result,
  ...about,
});

const failed = ({ type, metadata }: WorkloadRequest, cause: unknown = undefined): TerminalFact => ({
  ...{ type: 'request.failed', workload: type, error: new HandlerError('it failed', { cause }) },
  ...about,
  metadata,
});

const quote = (seq: number) => ({
  applied: true,
  quote: { venue: 'baltic', pair: 'ETH/USDC', seq, at: 0, bid: 2, bidSize: 1, ask: 3, askSize: 1 },
});

const found: SearchResult = {
  cycles: [{ legs: [], asset: 'ETH', profitBps: 2, amount: 1, profit: 0.1 }],
  nodes: 1,
  rounds: 1,
};

const open = { trading: true };
const halted = { trading: false };
const makeDesk = (trust: (checkpoint: Checkpoint) => void = () => undefined): Desk => new Desk(trust);
const typesOf = (requests: readonly WorkloadRequest[]): string[] => requests.map(({ type }) => type);

describe('desk', () => {
  it('searches after each new quote, but not for old ones', () => {
    const desk = makeDesk();
    expect(typesOf(desk.onOutcome(completed('PRICE_UPDATE', quote(2)), open))).toEqual(['ARBITRAGE_OPPORTUNITY']);
    expect(desk.onOutcome(completed('PRICE_UPDATE', quote(1)), open)).toEqual([]);
    expect(desk.onOutcome(completed('PRICE_UPDATE', { ...quote(3), applied: false }), open)).toEqual([]);
    expect(desk.counts).toMatchObject({ quotes: 1, 'late ticks': 2, searches: 1 });
  });

  it('has at most eight searches open', () => {
    const desk = makeDesk();
    for (let seq = 1; seq <= 7; seq++) desk.onOutcome(completed('PRICE_UPDATE', quote(seq)), open);
    desk.onOutcome(completed('PRICE_UPDATE', quote(9)), open);
    expect(desk.onOutcome(completed('PRICE_UPDATE', quote(10)), open)).toEqual([]);
    desk.onOutcome(failed({ type: 'ARBITRAGE_OPPORTUNITY' }), open);
    expect(typesOf(desk.onOutcome(completed('PRICE_UPDATE', quote(11)), open))).toEqual(['ARBITRAGE_OPPORTUNITY']);
  });

  it('asks for an operation once, however often its chance is found; again when it came to nothing', () => {
    const desk = makeDesk();
    const [operation] = desk.onOutcome(completed('ARBITRAGE_OPPORTUNITY', found), open);
    expect(operation).toMatchObject({ type: 'WALLET_OPERATION', metadata: { operationId: expect.any(String) } });
    expect(desk.onOutcome(completed('ARBITRAGE_OPPORTUNITY', found), open)).toEqual([]);
    desk.onOutcome(failed(operation!), open);
    expect(desk.onOutcome(completed('ARBITRAGE_OPPORTUNITY', found), open)).toEqual([operation]);
    expect(desk.counts).toMatchObject({ opportunities: 2, missed: 1 });
  });

  it('moves no money while trading is halted, nor searches for chances', () => {
    const desk = makeDesk();
    expect(desk.onOutcome(completed('ARBITRAGE_OPPORTUNITY', found), halted)).toEqual([]);
    expect(desk.onMarket({ atMs: 0, kind: 'pools', pools: [], asset: 'ETH' }, halted)).toEqual([]);
    expect(typesOf(desk.onOutcome(completed('PRICE_UPDATE', quote(1)), halted))).toEqual([]);
    expect(typesOf(desk.onMarket({ atMs: 0, kind: 'tick', payload: '' }, halted))).toEqual(['PRICE_UPDATE']);
    expect(desk.counts).toMatchObject({ opportunities: 1, missed: 1, searches: 0, quotes: 1 });
  });

  it('trusts checkpoints and counts verdicts', () => {
    const trusted: number[] = [];
    const desk = makeDesk(({ number }) => trusted.push(number));
    const checkpoint = { bridge: 'oresund', number: 7, root: '', size: 1 };
    expect(desk.onMarket({ atMs: 0, kind: 'checkpoint', checkpoint }, open)).toEqual([]);
    expect(trusted).toEqual([7]);
    for (const verdict of ['verified', 'forged', 'unknownCheckpoint'])
      desk.onOutcome(completed('BRIDGE_MONITORING', { verdict, transfer: {} }), open);
    expect(desk.counts).toMatchObject({ 'transfers verified': 1, forged: 1 });
  });

  it('counts a bad tick as the feed’s, another failure as nothing of its own', () => {
    const desk = makeDesk();
    desk.onOutcome(failed({ type: 'PRICE_UPDATE' }, { code: 'BAD_TICK' }), open);
    desk.onOutcome(failed({ type: 'PRICE_UPDATE' }, new Error('other')), open);
    expect(desk.counts['bad ticks']).toBe(1);
  });

  it('makes nothing of results that are not what they should be', () => {
    const desk = makeDesk();
    const types = ['PRICE_UPDATE', 'ARBITRAGE_OPPORTUNITY', 'MEV_DETECTION', 'BRIDGE_MONITORING', 'HEALTH_CHECK'];
    for (const type of types)
      for (const result of [undefined, null, 'text', {}])
        expect(desk.onOutcome(completed(type, result), open)).toEqual([]);
    expect(desk.onOutcome(completed('JUGGLING', {}), open)).toEqual([]);
  });
});
