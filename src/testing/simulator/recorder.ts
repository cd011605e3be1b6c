import { OUTCOMES, type Outcome } from '../../domain/outcome.ts';
import type { RandomDraws } from './random-draws.ts';

/** Code of a request that has not settled; the others are 1 + their position in OUTCOMES. */
export const OPEN = 0;
export const codeOf = (outcome: Outcome): number => OUTCOMES.indexOf(outcome) + 1;
export const COMPLETED = codeOf('completed');

/** What happened to each request, as columns by its number. */
export class Recorder {
  size = 0;
  arrivedAt = new Float64Array(1024);
  /** From arrival to outcome, ms. */
  latency = new Float64Array(1024);
  /** From arrival to the start of the first attempt, ms; NaN when none started. */
  wait = new Float64Array(1024);
  /** Quantile of its service time, or the time itself where `fixed` says so. */
  work = new Float64Array(1024);
  fixed = new Uint8Array(1024);
  coin = new Float64Array(1024);
  outcome = new Uint8Array(1024);
  kind = new Uint8Array(1024);
  cls = new Uint8Array(1024);
  /** Component of the last attempt; -1 when there was none. */
  component = new Int16Array(1024);
  attempts = new Uint8Array(1024);
  /** Requests that have arrived and not settled. */
  open = 0;

  /** @returns the number of the new request. */
  arrive(t: number, draws: RandomDraws): number {
    const n = this.size++;
    if (n === this.arrivedAt.length) this.grow();
    this.arrivedAt[n] = t;
    this.wait[n] = Number.NaN;
    this.component[n] = -1;
    this.kind[n] = draws.kind;
    this.cls[n] = draws.cls;
    this.coin[n] = draws.firstCoin;
    this.fixed[n] = draws.fixedMs >= 0 ? 1 : 0;
    this.work[n] = draws.fixedMs >= 0 ? draws.fixedMs : draws.work;
    this.open++;
    return n;
  }

  start(n: number, component: number, t: number): void {
    if (this.attempts[n]! < 255) this.attempts[n]!++;
    if (this.attempts[n] === 1) this.wait[n] = t - this.arrivedAt[n]!;
    this.component[n] = component;
  }

  /** @throws Error when it had settled already: the balancer broke its first promise. */
  settle(n: number, code: number, t: number): void {
    if (this.outcome[n] !== OPEN) throw new Error(`request ${n} settled twice: ${this.outcome[n]}, then ${code}`);
    this.outcome[n] = code;
    this.latency[n] = t - this.arrivedAt[n]!;
    this.open--;
  }

  private grow(): void {
    const size = this.arrivedAt.length * 2;
    const floats = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const next = new Float64Array(size);
      next.set(old);
      return next;
    };
    const bytes = (old: Uint8Array): Uint8Array<ArrayBuffer> => {
      const next = new Uint8Array(size);
      next.set(old);
      return next;
    };
    this.arrivedAt = floats(this.arrivedAt);
    this.latency = floats(this.latency);
    this.wait = floats(this.wait);
    this.work = floats(this.work);
    this.coin = floats(this.coin);
    this.fixed = bytes(this.fixed);
    this.outcome = bytes(this.outcome);
    this.kind = bytes(this.kind);
    this.cls = bytes(this.cls);
    this.attempts = bytes(this.attempts);
    const component = new Int16Array(size);
    component.set(this.component);
    this.component = component;
  }
}
