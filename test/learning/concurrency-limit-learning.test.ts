import { describe, expect, it } from 'vitest';
import { ConcurrencyLimits, Crowd } from '../../src/learning/concurrency-limit.ts';

/** A component that the limits are told of, execution by execution. Latencies are used in turn. */
class Told {
  readonly limits = new ConcurrencyLimits();
  /** Time, ms. Weights of the decay are not 1 there. */
  t: number;
  private readonly capacity: number;

  constructor(capacity = 20, t = 100_000) {
    this.capacity = capacity;
    this.t = t;
    this.limits.reset(0, capacity);
  }

  /** Executions, and what each answered. */
  tell(crowd: Crowd, count: number, ...relative: readonly number[]): number[] {
    return Array.from({ length: count }, (_, k) =>
      this.limits.finished(0, this.t, crowd, relative[k % relative.length]!),
    );
  }

  /** Sixteen in a crowd decide: what the last one answers. */
  crowd(...relative: readonly number[]): number {
    const answers = this.tell(Crowd.many, 16, ...relative);
    expect(answers.slice(0, 15)).toEqual(Array(15).fill(0));
    return answers[15]!;
  }

  /** Executions without a crowd until the look is over: how many it took. */
  look(...relative: readonly number[]): number {
    for (let k = 0; k < 1_000; k++) {
      const slots = this.limits.finished(0, this.t, Crowd.few, relative[k % relative.length]!);
      if (slots === 0) continue;
      // as many as it had slots began in the look, whatever they take
      expect(this.tell(Crowd.many, slots, 1_000)).toEqual(Array(slots).fill(0));
      return k + 1;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** After its first look. @param few latencies without a crowd. @param many and in one. */
  looked(few: readonly number[], many: readonly number[]): this {
    expect(this.crowd(...many)).toBe(Math.floor(this.capacity / 2));
    this.look(...few);
    return this;
  }

  after(ms: number): this {
    this.t += ms;
    return this;
  }
}

/** Twice as slow as without a crowd, but so scattered that it may be chance. */
const SCATTERED = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 15.3];

describe('a look at a component without a crowd', () => {
  it('takes half of the limit as soon as sixteen in a crowd have shown that nothing is known', () => {
    expect(new Told().crowd(1)).toBe(10);
    expect(new Told(2).crowd(1)).toBe(1);
  });

  it('is not needed where four have shown that a crowd is no slower', () => {
    const one = new Told(20, 0);
    one.tell(Crowd.few, 4, 1);
    expect(one.crowd(1)).toBe(0);
    for (const t of [0, 100_000]) {
      const other = new Told(20, t);
      other.tell(Crowd.few, 3, 1);
      expect(other.crowd(1)).toBe(10);
    }
  });

  it('is not prompted by executions that are in no crowd', () => {
    for (const crowd of [Crowd.few, Crowd.unknown]) {
      expect(new Set(new Told().tell(crowd, 100, 1))).toEqual(new Set([0]));
      expect(new Set(new Told(2).tell(crowd, 100, 1))).toEqual(new Set([0]));
    }
  });

  it('goes on for sixteen and one for each slot, and gives the slots back', () => {
    const one = new Told(20, 0);
    one.crowd(1);
    expect(one.tell(Crowd.few, 36, 1)).toEqual([...Array(35).fill(0), 20]);
  });

  it('is shorter by eight when something was known, and surer by half of it when little was', () => {
    const much = new Told().looked([1], [1.25]);
    much.after(9_001);
    expect(much.crowd(1.25)).toBe(10);
    expect([28, 29]).toContain(much.look(1));
    const little = new Told();
    little.tell(Crowd.few, 10, 1);
    expect(little.crowd(2)).toBe(10);
    expect([31, 32]).toContain(little.look(1));
  });

  it('is rarer each time it leads to nothing: 9 s, 27 s … 10 minutes', () => {
    const one = new Told().looked([1], [1.25]);
    const gaps = Array.from({ length: 6 }, () => {
      let seconds = 0;
      one.after(1);
      while (one.crowd(1.25) === 0 && seconds < 1_000) {
        one.after(1_000);
        seconds++;
      }
      one.look(1);
      return seconds;
    });
    expect(gaps).toEqual([9, 27, 81, 243, 600, 600]);
  });

  it('is not repeated before its time is over', () => {
    expect(new Told().looked([1], [1.25]).after(9_000).crowd(1.25)).toBe(0);
    expect(new Told().looked([1], [1.25]).after(9_001).crowd(1.25)).toBe(10);
  });

  it.for([1, 4])('comes after 3 s where the crowd has become slower, however slowly (mean %i)', (unit) => {
    const slower = (ms: number): number => {
      const one = new Told().looked([unit], [unit]);
      expect(one.crowd(unit)).toBe(0);
      expect(one.crowd(1.3 * unit)).toBe(0);
      return one.after(ms).crowd(1.5 * unit);
    };
    expect(slower(3_000)).toBe(0);
    expect(slower(3_001)).toBe(10);
  });

  it.for([1, 4])('does not come sooner where the crowd is as slow as it was (mean %i)', (unit) => {
    const one = new Told().looked([unit], [1.25 * unit]);
    one.crowd(1.25 * unit);
    expect(one.after(5_000).crowd(1.27 * unit)).toBe(0);
  });

  it('does not come sooner for a slower crowd that may be chance', () => {
    const one = new Told().looked([1], [1]);
    one.crowd(1);
    expect(one.after(5_000).crowd(...SCATTERED)).toBe(0);
  });
});

describe('a cut of the adaptive concurrency limit', () => {
  it.for([1, 2])('goes to 1.2 times the share of few in many, and half a root more (mean %i)', (unit) => {
    const one = new Told().looked([unit], [2 * unit]);
    // 20 · 1.2 / 2 + √20 / 2 = 14.2
    expect(one.crowd(2 * unit)).toBe(14);
  });

  it('counts every crowded execution, the first after a look as well', () => {
    const one = new Told().looked([1], [2]);
    one.tell(Crowd.many, 1, 12);
    // 32 of 2, but for one of 12: 2.3125 on the average, 20 · 1.2 / 2.3125 + √20 / 2 = 12.6
    expect(one.tell(Crowd.many, 15, 2).at(-1)).toBe(12);
  });

  it('takes half at most', () => {
    expect(new Told().looked([1], [50]).crowd(50)).toBe(12);
  });

  it.for([1, 4])('needs a difference beyond chance (mean %i)', (unit) => {
    const many = SCATTERED.map((relative) => relative * unit);
    expect(new Told().looked([unit], many).crowd(...many)).toBe(0);
  });

  it('needs a look that is no older than three decisions', () => {
    const one = new Told().looked([1], [1]);
    expect([one.crowd(1), one.crowd(1), one.crowd(20)]).toEqual([0, 0, 12]);
    const other = new Told().looked([1], [1]);
    expect([other.crowd(1), other.crowd(1), other.crowd(1), other.crowd(20)]).toEqual([0, 0, 0, 0]);
  });

  it('does not take those for a crowd of which it is not known', () => {
    const one = new Told().looked([1], [1]);
    one.tell(Crowd.unknown, 100, 50);
    expect(one.crowd(1)).toBe(0);
  });

  it('passes over as many as the limit was before, then decides on sixteen again', () => {
    const one = new Told().looked([1], [2]);
    expect(one.crowd(2)).toBe(14);
    expect(new Set(one.tell(Crowd.many, 20, 1_000))).toEqual(new Set([0]));
    // those of before weigh half, and half of that since the limit was another: no more than 20 % above few
    expect(one.crowd(0.5)).toBe(16);
    // a rise passes over none
    expect(one.crowd(0.5)).toBe(18);
    expect(one.crowd(0.5)).toBe(20);
    expect(one.crowd(0.5)).toBe(0);
  });

  it('forgets the crowd that it has put an end to', () => {
    const one = new Told().looked([1], [2.4]);
    expect(one.crowd(2.4)).toBe(12);
    one.tell(Crowd.many, 20, 1_000);
    // what was seen in it weighs little now, beside what is seen since
    expect(one.crowd(0.7)).toBe(13);
  });

  it('is looked at again after 3 s when it was deep', () => {
    const cut = (): Told => {
      const one = new Told().looked([1], [2]);
      expect(one.crowd(2)).toBe(14);
      one.tell(Crowd.many, 20, 1);
      return one;
    };
    expect(cut().after(3_001).crowd(2)).toBe(7);
    // the look still serves for a cut: 14.2 · 1.2 / 2 + √14.2 / 2
    expect(cut().after(3_000).crowd(2)).toBe(10);
  });

  it('is not looked at sooner when it was slight', () => {
    const one = new Told().looked([1], [1.45]);
    expect(one.crowd(1.45)).toBe(18);
    one.tell(Crowd.many, 20, 1);
    expect(one.after(3_001).crowd(1.45)).toBe(17);
  });

  it('is never left to chance for longer than 10 s', () => {
    const cut = (): Told => {
      const one = new Told().looked([1], [1.25]);
      one.after(9_001).crowd(1.25);
      one.look(1);
      // from here on looks are 27 s apart
      expect([one.crowd(1.45), one.crowd(1.45)]).toEqual([0, 19]);
      one.tell(Crowd.many, 20, 1);
      return one;
    };
    expect(cut().after(10_000).crowd(1.45)).toBeGreaterThan(10);
    expect(cut().after(10_001).crowd(1.45)).toBe(9);
  });

  it('at one slot is undone by executions that are alone, and by no others', () => {
    const one = new Told(2).looked([1], [5]);
    expect(one.crowd(5)).toBe(1);
    one.tell(Crowd.many, 2, 5);
    expect(new Set(one.tell(Crowd.unknown, 100, 1))).toEqual(new Set([0]));
    expect(one.tell(Crowd.few, 16, 1)).toEqual([...Array(15).fill(0), 2]);
  });

  it('is the same in the sixth hour, when the weights of the past have started anew', () => {
    const lives = [100_000, 300 * 60_000 - 100].map((t) => {
      const one = new Told(20, t).looked([1], [2]);
      // half of what is known of the crowd is of before, half of after
      return [one.after(200).crowd(3), one.tell(Crowd.many, 20, 1), one.after(3_001).crowd(3), one.look(1)].flat();
    });
    expect(lives[1]).toEqual(lives[0]);
    expect(lives[0]![0]).toBe(12);
  });
});
