import type { TerminalFact, WORKLOAD_TYPES, WorkloadRequest } from 'plimsoll';
import type { MarketEvent } from './market/generator.ts';
import { operationOfCycle, operationOfPools } from './opportunities.ts';
import { arbitrageSearch, bridgeCheck, memoryOperation, poolSearch, priceUpdate, walletOperation } from './requests.ts';
import type { SearchResult } from './work/arbitrage-search.ts';
import type { BridgeVerdict, Checkpoint } from './work/bridge-monitor.ts';
import type { PoolSearchResult } from './work/cross-chain-mev.ts';
import type { HealthReading } from './work/health-monitor.ts';
import type { Quote } from './work/order-books.ts';
import type { PriceUpdate } from './work/price-feeds.ts';
import { rateGraph } from './work/rate-graph.ts';
import type { WalletOperation } from './work/wallet-manager.ts';

/** Taker fee of every venue; basis points. */
const FEE_BPS = 5;
/** Operations asked for of late, so that a chance that many searches find is taken once. */
const REMEMBERED = 10_000;
/** Every so many quotes one is written to the store. */
const STORED_QUOTES = 8;

/** Searches that are open at once. More would only wait for each other, while the quotes they carry grow old. */
const MOST_SEARCHES = 8;

/** What the bot may do at a moment. */
export interface Moment {
  /** Whether money may be moved. */
  readonly trading: boolean;
}

type Answer = (fact: Completed, moment: Moment) => readonly WorkloadRequest[];
type Completed = Extract<TerminalFact, { type: 'request.completed' }>;

const NOTHING: readonly WorkloadRequest[] = [];

/**
 * Where the bot decides what to do next: an event of the market, or the outcome of a request, becomes further requests. It
 * knows the market by outcomes only, so the work may be done anywhere. It counts what it does; the statechart around it
 * decides when it may.
 */
export class Desk {
  /** In the order in which they are shown. */
  readonly counts = {
    quotes: 0,
    'late ticks': 0,
    'bad ticks': 0,
    searches: 0,
    opportunities: 0,
    operations: 0,
    missed: 0,
    'transfers verified': 0,
    forged: 0,
    stored: 0,
    'health concerns': 0,
  };
  readonly #trust: (checkpoint: Checkpoint) => void;
  readonly #quotes = new Map<string, Quote>();
  readonly #asked = new Set<string>();
  #searching = 0;
  readonly #answers: ReadonlyMap<string, Answer>;

  /** @param trust tells the bridge monitor of a checkpoint that the bot has seen on a chain itself */
  constructor(trust: (checkpoint: Checkpoint) => void) {
    this.#trust = trust;
    const answers: Partial<Record<(typeof WORKLOAD_TYPES)[number], Answer>> = {
      PRICE_UPDATE: (fact, moment) => this.#priced(fact, moment),
      ARBITRAGE_OPPORTUNITY: (fact, moment) => this.#cyclesFound(fact, moment),
      MEV_DETECTION: (fact, moment) => this.#poolsFound(fact, moment),
      BRIDGE_MONITORING: (fact) => this.#bridged(fact),
      WALLET_OPERATION: (fact) => this.#moved(fact),
      MEMORY_OPERATION: () => this.#count('stored'),
      HEALTH_CHECK: (fact) => this.#felt(fact),
    };
    this.#answers = new Map(Object.entries(answers));
  }

  /** What an event of the market calls for. */
  onMarket(event: MarketEvent, { trading }: Moment): readonly WorkloadRequest[] {
    switch (event.kind) {
      case 'tick':
        return [priceUpdate(event.payload)];
      case 'pools':
        if (!trading) return NOTHING;
        this.counts.searches++;
        return [poolSearch(event.pools, event.asset)];
      case 'checkpoint':
        this.#trust(event.checkpoint);
        return NOTHING;
      case 'claim':
        return [bridgeCheck(event.claim)];
    }
  }

  /** What the end of a request calls for. */
  onOutcome(fact: TerminalFact, moment: Moment): readonly WorkloadRequest[] {
    if (fact.workload === 'ARBITRAGE_OPPORTUNITY') this.#searching--;
    if (fact.type === 'request.completed') return this.#answers.get(fact.workload)?.(fact, moment) ?? NOTHING;
    if (fact.workload === 'PRICE_UPDATE' && codeOf(fact.error.cause) === 'BAD_TICK') return this.#count('bad ticks');
    if (fact.workload !== 'WALLET_OPERATION') return NOTHING;
    // The next search that finds it may try again: the wallet knows what took effect, and refuses to do it twice.
    this.#asked.delete(String(fact.metadata?.operationId));
    return this.#count('missed');
  }

  #priced({ result }: Completed, { trading }: Moment): readonly WorkloadRequest[] {
    if (!isPriceUpdate(result)) return NOTHING;
    const { quote, applied } = result;
    if (!applied) return this.#count('late ticks');
    const market = `${quote.venue} ${quote.pair}`;
    // outcomes may overtake each other, as ticks may
    if (quote.seq <= (this.#quotes.get(market)?.seq ?? -1)) return this.#count('late ticks');
    this.#quotes.set(market, quote);
    const next: WorkloadRequest[] = [];
    if (++this.counts.quotes % STORED_QUOTES === 0) {
      next.push(memoryOperation({ op: 'put', key: `quote ${market}`, value: [quote.seq, quote.bid, quote.ask] }));
    }
    if (trading && this.#searching < MOST_SEARCHES) {
      this.#searching++;
      this.counts.searches++;
      next.push(arbitrageSearch(rateGraph([...this.#quotes.values()], FEE_BPS)));
    }
    return next;
  }

  #cyclesFound({ result }: Completed, moment: Moment): readonly WorkloadRequest[] {
    return isSearchResult(result)
      ? result.cycles.flatMap((cycle) => this.#take(operationOfCycle(cycle), moment))
      : NOTHING;
  }

  #poolsFound({ result }: Completed, moment: Moment): readonly WorkloadRequest[] {
    if (!isPoolSearchResult(result) || result.best === undefined) return NOTHING;
    return this.#take(operationOfPools(result.best), moment);
  }

  /** Takes a chance, once, and only while money may be moved. */
  #take(operation: WalletOperation, { trading }: Moment): readonly WorkloadRequest[] {
    const { operationId } = operation;
    if (this.#asked.has(operationId)) return NOTHING;
    this.counts.opportunities++;
    if (!trading) return this.#count('missed');
    this.#asked.add(operationId);
    const [oldest] = this.#asked;
    if (this.#asked.size > REMEMBERED && oldest !== undefined) this.#asked.delete(oldest);
    return [walletOperation(operation)];
  }

  #moved({ result, metadata }: Completed): readonly WorkloadRequest[] {
    this.counts.operations++;
    return [memoryOperation({ op: 'put', key: `receipt ${metadata?.operationId}`, value: signatureOf(result) })];
  }

  #bridged({ result }: Completed): readonly WorkloadRequest[] {
    if (!isBridgeVerdict(result)) return NOTHING;
    if (result.verdict === 'verified') return this.#count('transfers verified');
    return result.verdict === 'forged' ? this.#count('forged') : NOTHING;
  }

  #felt({ result }: Completed): readonly WorkloadRequest[] {
    if (isHealthReading(result)) this.counts['health concerns'] += result.concerns.length;
    return NOTHING;
  }

  #count(name: keyof Desk['counts']): readonly WorkloadRequest[] {
    this.counts[name]++;
    return NOTHING;
  }
}

const has = (value: unknown, ...keys: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && keys.every((key) => key in value);

/** A result is `unknown` until somebody looks: a request may be answered by any component that serves its type. */
const isPriceUpdate = (value: unknown): value is PriceUpdate => has(value, 'quote', 'applied');
const isSearchResult = (value: unknown): value is SearchResult => has(value, 'cycles', 'rounds');
const isPoolSearchResult = (value: unknown): value is PoolSearchResult => has(value, 'tried');
const isBridgeVerdict = (value: unknown): value is BridgeVerdict => has(value, 'verdict', 'transfer');
const isHealthReading = (value: unknown): value is HealthReading => has(value, 'concerns');

const signatureOf = (value: unknown): string =>
  has(value, 'signature') ? String(Reflect.get(Object(value), 'signature')) : '';

const codeOf = (cause: unknown): unknown => (has(cause, 'code') ? Reflect.get(Object(cause), 'code') : undefined);
