import type { ComponentSpec, Fact, PlimsollError, Priority, WorkloadRequest } from '../../../src/index.ts';
import { LoadBalancer } from '../../../src/index.ts';
import type { LoadBalancerConfig } from '../../../src/load-balancer/options.ts';
import { type SeededRandom, seededRandom } from '../../../src/testing/seeded-random.ts';
import { SimClock } from '../../../src/testing/simulator/event-clock.ts';

/** What a component makes of a piece of work. */
export type Doing = { readonly ms: number; readonly fails?: boolean } | 'hangs' | 'hangsOn';

/** What a request of a world carries: how long it takes, and whether anybody can do it at all. */
export interface Work {
  readonly ms: number;
  readonly unreadable: boolean;
  readonly stream: string;
}

export interface Member extends Omit<ComponentSpec, 'handler' | 'check'> {
  /** Default: does it in its time; what is unreadable fails in its time. */
  readonly does?: (work: Work, t: number, luck: () => number) => Doing;
  readonly checks?: (t: number) => boolean;
}

export interface Stream {
  readonly name: string;
  readonly type?: string;
  readonly priority?: Priority;
  /** Requests per second, Poisson. */
  readonly perSecond: number;
  readonly fromMs?: number;
  readonly toMs: number;
  /** Mean work, ms. */
  readonly ms: number;
  /** `fixed` (default) or exponential. */
  readonly spread?: 'fixed' | 'exponential';
  readonly deadlineMs?: number;
  readonly unreadable?: number;
  readonly request?: Partial<WorkloadRequest>;
  /** Gives up after so long. */
  readonly giveUpMs?: number;
}

export interface Ended {
  readonly stream: string;
  readonly unreadable: boolean;
  readonly at: number;
  readonly endedAt: number;
  /** `completed`, or the code of the error with its reason. */
  readonly outcome: string;
}

export const doesIt = ({ ms, unreadable }: Work): Doing => ({ ms, fails: unreadable });

/** A balancer with its defaults on a simulated clock, components that behave as told, and a tally of what became of the work. */
export class World {
  readonly clock = new SimClock(1_000_000);
  readonly balancer: LoadBalancer;
  readonly ended: Ended[] = [];
  /** Times at which components failed, and why. */
  readonly failures: { readonly at: number; readonly id: string; readonly reason: string }[] = [];
  readonly facts: Fact[] = [];
  private readonly random: SeededRandom;
  private readonly start: number;
  private open = 0;

  constructor(members: readonly Member[], settings: Partial<LoadBalancerConfig> = {}, seed: number | string = 1) {
    this.random = seededRandom(seed);
    this.start = this.clock.now();
    this.balancer = new LoadBalancer({
      logger: false,
      statePath: null,
      asyncContext: false,
      random: this.random.fork('balancer'),
      ...settings,
      clock: this.clock,
      components: members.map(({ does = doesIt, checks, ...spec }) => this.component(does, checks, spec)),
    });
    this.balancer.on('component.statusChanged', ({ componentId, to, reason }) => {
      if (to === 'Failed') this.failures.push({ at: this.now, id: componentId, reason });
    });
    void this.balancer.start();
  }

  private component(
    does: NonNullable<Member['does']>,
    checks: Member['checks'],
    spec: Omit<Member, 'does' | 'checks'>,
  ): ComponentSpec {
    const luck = this.random.fork(`luck of ${spec.id}`);
    return {
      maxConcurrentTasks: 10,
      ...spec,
      ...(checks === undefined ? {} : { check: () => checks(this.now) }),
      handler: (request, { signal }) => {
        const doing = does(request.payload as Work, this.now, luck);
        return new Promise((resolve, reject) => {
          if (doing === 'hangsOn') return;
          signal.addEventListener('abort', () => reject(signal.reason));
          if (doing === 'hangs') return;
          this.clock.setTimeout(() => (doing.fails === true ? reject(new Error('cannot')) : resolve(1)), doing.ms);
        });
      },
    };
  }

  /** ms since the start. */
  get now(): number {
    return this.clock.now() - this.start;
  }

  at(ms: number, run: () => void): void {
    this.clock.setTimeout(run, ms - this.now);
  }

  stream(stream: Stream): void {
    const random = this.random.fork(stream.name);
    const next = (from: number): void => {
      const t = from - (1000 / stream.perSecond) * Math.log1p(-random());
      if (t >= stream.toMs) return;
      this.at(t, () => {
        this.submit(stream, random);
        next(t);
      });
    };
    next(stream.fromMs ?? 0);
  }

  /** So many at once. */
  batch(count: number, atMs: number, stream: Omit<Stream, 'perSecond' | 'toMs'>): void {
    const random = this.random.fork(`${stream.name}${atMs}`);
    this.at(atMs, () => {
      for (let k = 0; k < count; k++) this.submit(stream, random);
    });
  }

  submit(stream: Omit<Stream, 'perSecond' | 'toMs'>, random: () => number): void {
    const { name, type = 'GENERAL', priority, deadlineMs, ms, spread, unreadable = 0, request, giveUpMs } = stream;
    const work: Work = {
      stream: name,
      ms: spread === 'exponential' ? -ms * Math.log1p(-random()) : ms,
      unreadable: random() < unreadable,
    };
    const at = this.now;
    const abort = giveUpMs === undefined ? undefined : new AbortController();
    if (giveUpMs !== undefined) this.clock.setTimeout(() => abort?.abort(), giveUpMs);
    this.open++;
    const end = (outcome: string): void => {
      this.open--;
      this.ended.push({ stream: name, unreadable: work.unreadable, at, endedAt: this.now, outcome });
    };
    this.balancer
      .execute(
        {
          type,
          ...(priority === undefined ? {} : { priority }),
          ...(deadlineMs === undefined ? {} : { deadline: this.clock.now() + deadlineMs }),
          payload: work,
          ...request,
        },
        abort === undefined ? undefined : { signal: abort.signal },
      )
      .then(
        () => end('completed'),
        (error: PlimsollError) => end(error.reason === undefined ? error.code : `${error.code}:${error.reason}`),
      );
  }

  /** Lets the world run until a time, and on until everything has settled (5 minutes at most). */
  async run(untilMs: number): Promise<this> {
    const until = this.start + untilMs;
    await this.clock.run((next) => next > until && (this.open === 0 || next > until + 300_000));
    if (this.open > 0) throw new Error(`${this.open} requests never settled`);
    return this;
  }

  /** Requests of a stream that were submitted in a time, and how many were completed of those that somebody can do. */
  share(stream: string, fromMs = 0, toMs = Number.POSITIVE_INFINITY): { readonly of: number; readonly lost: number } {
    let of = 0;
    let lost = 0;
    for (const one of this.ended) {
      if (one.stream !== stream || one.unreadable || one.at < fromMs || one.at >= toMs) continue;
      of++;
      if (one.outcome !== 'completed') lost++;
    }
    return { of, lost };
  }

  outcomes(stream: string): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const one of this.ended) if (one.stream === stream) counts[one.outcome] = (counts[one.outcome] ?? 0) + 1;
    return counts;
  }
}

export const percent = ({ of, lost }: { readonly of: number; readonly lost: number }): number =>
  of === 0 ? Number.NaN : (100 * lost) / of;

/** As many members as asked, of one kind. */
export const members = (count: number, spec: Omit<Member, 'id'> = {}, name = 'c'): Member[] =>
  Array.from({ length: count }, (_, k) => ({ id: `${name}${k + 1}`, ...spec }));
