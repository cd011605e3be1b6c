import type { SeededRandom } from '../seeded-random.ts';
import type { Plan } from './plan.ts';
import type { Trace } from './trace.ts';

/** When requests come, one after the other; Infinity when no more do. */
export interface ArrivalProcess {
  next(): number;
}

/** The rate (per ms) that holds until an instant. */
interface Phase {
  readonly rate: number;
  readonly until: number;
}

/**
 * A Poisson process whose rate is constant in phases: a unit exponential is used up along the phases, which is exact
 * and draws one number per request, however the phases lie.
 */
class PhasedPoisson implements ArrivalProcess {
  private t = 0;
  private phase: Phase;
  private readonly nextPhase: (from: number) => Phase;
  private readonly random: SeededRandom;

  constructor(random: SeededRandom, nextPhase: (from: number) => Phase) {
    this.random = random;
    this.nextPhase = nextPhase;
    this.phase = nextPhase(0);
  }

  next(): number {
    let left = -Math.log1p(-this.random());
    for (;;) {
      const { rate, until } = this.phase;
      const fits = rate * (until - this.t);
      if (rate > 0 && left <= fits) {
        this.t += left / rate;
        return this.t;
      }
      if (until === Number.POSITIVE_INFINITY) return until;
      left -= fits;
      this.t = until;
      this.phase = this.nextPhase(until);
    }
  }
}

class Replay implements ArrivalProcess {
  /** Row of the trace that came last. */
  row: number;
  private readonly trace: Trace;
  /** Trace ms per simulated ms. */
  private readonly speed: number;
  private readonly rotate: boolean;
  private readonly start: number;
  private round = 0;

  constructor(trace: Trace, speed: number, first: number, rotate: boolean) {
    this.trace = trace;
    this.speed = speed;
    this.rotate = rotate;
    this.start = trace.atMs[first]!;
    this.row = first - 1;
  }

  next(): number {
    const { atMs, lengthMs } = this.trace;
    this.row++;
    if (this.row === atMs.length) {
      if (!this.rotate) return Number.POSITIVE_INFINITY;
      this.row = 0;
      this.round++;
    }
    return (atMs[this.row]! + this.round * lengthMs - this.start) / this.speed;
  }
}

/** The arrival process of an open scenario. A closed loop has none: its clients come back when they are answered. */
export function arrivalsOf(plan: Plan, random: SeededRandom): ArrivalProcess & { readonly row?: number } {
  const { arrivals } = plan.scenario;
  const perMs = plan.arrivalsPerSecond / 1000;
  switch (arrivals.process) {
    case 'poisson': {
      const steps = arrivals.profile.toSorted((a, b) => a.atMs - b.atMs);
      return new PhasedPoisson(random, (from) => ({
        rate: perMs * (steps.findLast(({ atMs }) => atMs <= from)?.factor ?? 1),
        until: steps.find(({ atMs }) => atMs > from)?.atMs ?? Number.POSITIVE_INFINITY,
      }));
    }
    case 'mmpp': {
      const changes = random.fork('states');
      const { states } = arrivals;
      // begins in a state with its share of the time, so that the first seconds are as bursty as the others
      let at = 0;
      for (let left = changes() * total(states); left >= states[at]!.meanMs; at++) left -= states[at]!.meanMs;
      at--;
      return new PhasedPoisson(random, (from) => {
        at = (at + 1) % states.length;
        const { factor, meanMs } = states[at]!;
        return { rate: perMs * factor, until: from - meanMs * Math.log1p(-changes()) };
      });
    }
    case 'trace': {
      const trace = plan.trace!;
      const first = arrivals.rotate ? Math.floor(random() * trace.atMs.length) : 0;
      return new Replay(trace, plan.arrivalsPerSecond / trace.perSecond, first, arrivals.rotate);
    }
    case 'closed':
      return { next: () => Number.POSITIVE_INFINITY };
  }
}

const total = (states: readonly { readonly meanMs: number }[]): number =>
  states.reduce((sum, { meanMs }) => sum + meanMs, 0);
