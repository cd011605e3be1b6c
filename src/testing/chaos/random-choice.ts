import type { SeededRandom } from '../seeded-random.ts';

/** Draws from a random source. */
export class RandomChoice {
  readonly random: SeededRandom;

  constructor(random: SeededRandom) {
    this.random = random;
  }

  chance(p: number): boolean {
    return this.random() < p;
  }

  /** Uniform, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.random() * (to - from + 1));
  }

  of<T>(all: readonly T[]): T {
    return all[this.int(0, all.length - 1)]!;
  }

  /** A random number of different ones, in random order. */
  some<T>(all: readonly T[], from: number, to: number): T[] {
    const left = [...all];
    const count = Math.min(this.int(from, to), left.length);
    return Array.from({ length: count }, () => left.splice(this.int(0, left.length - 1), 1)[0]!);
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.random());
  }

  /** @param menu what may come, each with a weight of 0 or more */
  weighted<T>(menu: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.random() * menu.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of menu) {
      left -= weight;
      if (left < 0) return value;
    }
    return menu[0]![1];
  }
}
