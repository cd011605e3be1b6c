import { z } from 'zod';
import { BadPayloadError, firstIssue } from './work.ts';

/** Price in units of the quote asset, size in units of the base asset; both above 0. */
export type Level = readonly [price: number, size: number];

/**
 * The best levels of one market, whole. A tick never says what *changed*: a balancer may shed or re-order work, and a
 * book built of changes would be wrong for ever after one loss.
 */
export interface Tick {
  readonly venue: string;
  /** `BASE/QUOTE`. */
  readonly pair: string;
  /** Rises by feed (venue and pair), so that a late tick can be told from a new one. */
  readonly seq: number;
  /** Epoch milliseconds of the venue. */
  readonly at: number;
  /** Best first, so falling; 1 to 50 levels. */
  readonly bids: readonly Level[];
  /** Best first, so rising; 1 to 50 levels. The best ask is above the best bid. */
  readonly asks: readonly Level[];
}

/** Why a tick was refused; stable, reports count by it. */
export type TickFault = 'EMPTY' | 'TOO_LONG' | 'NOT_JSON' | 'NOT_RAW' | 'SHAPE' | 'UNSORTED' | 'CROSSED';

/** A tick that cannot be used. The feed's fault, never the component's. */
export class TickError extends BadPayloadError {
  override readonly name = 'TickError';
  override readonly code = 'BAD_TICK';
  readonly fault: TickFault;

  constructor(fault: TickFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** Longest text of one tick, in characters: 100 levels of 40 digits fit with room to spare. */
export const MAX_TICK_CHARS = 16_384;

const level = z.tuple([z.number().positive(), z.number().positive()]);
const side = z.array(level).min(1).max(50);
const schema = z.object({
  venue: z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'expected a lower-case name of at most 32 characters'),
  pair: z
    .string()
    .regex(/^[A-Z0-9]{2,12}\/[A-Z0-9]{2,12}$/, 'expected BASE/QUOTE in capitals')
    .refine((pair) => assetsOf(pair)[0] !== assetsOf(pair)[1], 'base and quote are the same asset'),
  seq: z.number().int().nonnegative(),
  at: z.number().nonnegative(),
  bids: side,
  asks: side,
});

/** Base and quote asset of a pair. */
export const assetsOf = (pair: string): readonly [base: string, quote: string] => {
  const slash = pair.indexOf('/');
  return [pair.slice(0, slash), pair.slice(slash + 1)];
};

/**
 * Reads a tick from an object, a JSON line, or a raw line `venue PAIR seq at bids asks`, where bids and asks are
 * `price:size` joined by commas: `baltic ETH/USDC 17 1700000000000 2999.5:2,2999:4 3000.5:1`.
 * Throws {@link TickError}, and nothing else.
 */
export const parseTick = (input: unknown): Tick => {
  const tick = checkShape(typeof input === 'string' ? fromText(input) : input);
  checkSide(tick, 'bids', (better, worse) => better > worse);
  checkSide(tick, 'asks', (better, worse) => better < worse);
  const bid = tick.bids[0]?.[0] ?? 0;
  const ask = tick.asks[0]?.[0] ?? 0;
  if (bid >= ask) throw new TickError('CROSSED', `${tick.venue} ${tick.pair}: bid ${bid} is not below ask ${ask}`);
  return tick;
};

/** The raw line of a tick: the inverse of {@link parseTick}. */
export const rawTick = (tick: Tick): string => {
  const levels = (side: readonly Level[]): string => side.map(([price, size]) => `${price}:${size}`).join(',');
  return `${tick.venue} ${tick.pair} ${tick.seq} ${tick.at} ${levels(tick.bids)} ${levels(tick.asks)}`;
};

const checkShape = (input: unknown): Tick => {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new TickError('SHAPE', firstIssue(parsed.error));
  return parsed.data;
};

const checkSide = (tick: Tick, name: 'bids' | 'asks', ordered: (better: number, worse: number) => boolean): void => {
  const levels = tick[name];
  for (let i = 1; i < levels.length; i++) {
    if (!ordered(levels[i - 1]?.[0] ?? 0, levels[i]?.[0] ?? 0)) {
      throw new TickError('UNSORTED', `${tick.venue} ${tick.pair}: ${name} are not best first at level ${i}`);
    }
  }
};

const fromText = (text: string): unknown => {
  if (text.length > MAX_TICK_CHARS) {
    throw new TickError('TOO_LONG', `${text.length} characters, at most ${MAX_TICK_CHARS}`);
  }
  const line = text.trim();
  if (line === '') throw new TickError('EMPTY', 'an empty line');
  return line.startsWith('{') ? fromJson(line) : fromRaw(line);
};

const fromJson = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new TickError('NOT_JSON', cause instanceof Error ? cause.message : String(cause));
  }
};

const fromRaw = (line: string): unknown => {
  const fields = line.split(/\s+/);
  const [venue, pair, seq, at, bids, asks] = fields;
  if (fields.length !== 6 || bids === undefined || asks === undefined) {
    throw new TickError('NOT_RAW', `${fields.length} fields, expected 6: venue PAIR seq at bids asks`);
  }
  return { venue, pair, seq: Number(seq), at: Number(at), bids: rawSide(bids), asks: rawSide(asks) };
};

const rawSide = (text: string): number[][] => text.split(',').map((level) => level.split(':').map(toNumber));

/** `Number('')` is 0, which would turn a missing size into a real one. */
const toNumber = (text: string): number => (text === '' ? Number.NaN : Number(text));
