import { describe, expect, it } from 'vitest';
import {
  MAX_TICK_CHARS,
  parseTick,
  rawTick,
  type Tick,
  TickError,
  type TickFault,
} from '../../../../docs/examples/mayarbi-bot/work/tick.ts';

const tick: Tick = {
  venue: 'baltic',
  pair: 'ETH/USDC',
  seq: 17,
  at: 1_700_000_000_000,
  bids: [
    [2999.5, 2],
    [2999, 4],
  ],
  asks: [[3000.5, 1]],
};

const faultOf = (input: unknown): TickFault | undefined => {
  try {
    parseTick(input);
    return undefined;
  } catch (error) {
    if (error instanceof TickError) return error.fault;
    throw error;
  }
};

describe('parseTick', () => {
  it('reads an object, a JSON line and a raw line alike', () => {
    expect(parseTick(tick)).toEqual(tick);
    expect(parseTick(JSON.stringify(tick))).toEqual(tick);
    expect(parseTick('  baltic ETH/USDC 17 1700000000000 2999.5:2,2999:4 3000.5:1\n')).toEqual(tick);
  });

  it('reads back what rawTick writes', () => {
    expect(parseTick(rawTick(tick))).toEqual(tick);
  });

  it('leaves out fields it does not know, since feeds add some', () => {
    expect(parseTick({ ...tick, checksum: 1 })).toEqual(tick);
  });

  it.each<[string, unknown, TickFault]>([
    ['nothing', '', 'EMPTY'],
    ['blanks', '   ', 'EMPTY'],
    ['a novel', 'x'.repeat(MAX_TICK_CHARS + 1), 'TOO_LONG'],
    ['half of a JSON line', '{"venue":"baltic","pa', 'NOT_JSON'],
    ['five fields', 'baltic ETH/USDC 17 1 2:3', 'NOT_RAW'],
    ['seven fields', 'baltic ETH/USDC 17 1 2:3 4:5 6:7', 'NOT_RAW'],
    ['a word where a number belongs', 'baltic ETH/USDC x 1 2:3 4:5', 'SHAPE'],
    ['a level without size', 'baltic ETH/USDC 1 1 2: 4:5', 'SHAPE'],
    ['undefined', undefined, 'SHAPE'],
    ['null', null, 'SHAPE'],
    ['a list', [tick], 'SHAPE'],
    ['no bids', { ...tick, bids: [] }, 'SHAPE'],
    ['a price of NaN', { ...tick, bids: [[Number.NaN, 1]] }, 'SHAPE'],
    ['an infinite price', { ...tick, asks: [[Number.POSITIVE_INFINITY, 1]] }, 'SHAPE'],
    ['a price of 0', { ...tick, bids: [[0, 1]] }, 'SHAPE'],
    ['a negative size', { ...tick, bids: [[1, -1]] }, 'SHAPE'],
    ['a fractional sequence', { ...tick, seq: 1.5 }, 'SHAPE'],
    ['one asset against itself', { ...tick, pair: 'ETH/ETH' }, 'SHAPE'],
    ['a pair without slash', { ...tick, pair: 'ETHUSDC' }, 'SHAPE'],
    ['bids that rise', { ...tick, bids: [[1, 1], [2, 1]] }, 'UNSORTED'], // biome-ignore format: one case a line
    ['asks that fall', { ...tick, asks: [[3002, 1], [3001, 1]] }, 'UNSORTED'], // biome-ignore format: one case a line
    ['the same price twice', { ...tick, asks: [[3001, 1], [3001, 1]] }, 'UNSORTED'], // biome-ignore format: one case a line
    ['a bid at the ask', { ...tick, bids: [[3000.5, 1]] }, 'CROSSED'],
  ])('refuses %s', (_name, input, fault) => {
    expect(faultOf(input)).toBe(fault);
  });

  it('names the field, and blames the caller and not the component', () => {
    expect(() => parseTick({ ...tick, bids: [[1, -1]] })).toThrow(
      expect.objectContaining({ callerFault: true, code: 'BAD_TICK', message: expect.stringContaining('bids.0.1') }),
    );
  });
});
