import { PRIORITIES } from '../../domain/priority.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Plan, RequestPlan } from './plan.ts';

/** The golden ratio's fraction: its multiples fill [0, 1) evenly, so that attempts of one request draw unlike coins. */
const GOLDEN = 0.6180339887498949;

/**
 * What belongs to request n by chance: its kind, its class, its work, its luck with a failing component. Each has a stream
 * of its own and is drawn once per request in the order of n, so that request n is the same whatever policy runs (common
 * random numbers), and a change to one part of a scenario leaves the draws of the others as they were.
 */
export class RandomDraws {
  kind = 0;
  cls = 2;
  /** Quantile of its service time. */
  work = 0;
  /** A trace knows the service time itself, ms; else -1. */
  fixedMs = -1;
  private coin = 0;
  private readonly plan: Plan;
  private readonly kinds: SeededRandom;
  private readonly classes: SeededRandom;
  private readonly works: SeededRandom;
  private readonly coins: SeededRandom;

  constructor(plan: Plan, random: SeededRandom) {
    this.plan = plan;
    this.kinds = random.fork('kind');
    this.classes = random.fork('class');
    this.works = random.fork('work');
    this.coins = random.fork('coin');
  }

  /** @param row of the trace, where the request comes from one. */
  next(row: number | undefined): void {
    const { requests, trace } = this.plan;
    this.work = this.works();
    this.coin = this.coins();
    this.kind = requests.length === 1 ? 0 : firstAbove(requests, this.kinds());
    const { classes } = requests[this.kind]!;
    this.cls = classes[classes.length === 1 ? 0 : firstAbove(classes, this.classes())]!.cls;
    this.fixedMs = -1;
    if (trace !== undefined && row !== undefined) this.fromTrace(row, requests);
  }

  /** @returns the luck in [0, 1) of an attempt: 1 for the first. */
  static luck(coin: number, attempt: number): number {
    return (coin + (attempt - 1) * GOLDEN) % 1;
  }

  get firstCoin(): number {
    return this.coin;
  }

  private fromTrace(row: number, requests: readonly RequestPlan[]): void {
    const { serviceMs, types, priorities } = this.plan.trace!;
    if (serviceMs !== undefined) this.fixedMs = serviceMs[row]!;
    const type = types?.[row];
    const kind = type === undefined ? -1 : requests.findIndex(({ scenario }) => scenario.type === type);
    if (kind >= 0) this.kind = kind;
    const cls = (PRIORITIES as readonly (string | undefined)[]).indexOf(priorities?.[row]);
    if (cls >= 0) this.cls = cls;
  }
}

function firstAbove(parts: readonly { readonly upTo: number }[], u: number): number {
  let k = 0;
  while (k < parts.length - 1 && u >= parts[k]!.upTo) k++;
  return k;
}
