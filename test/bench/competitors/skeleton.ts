import { AsyncResource } from 'node:async_hooks';
import { type ActorLogic, createActor, type Snapshot } from 'xstate';
import { type Contender, noop, SLOTS } from '../contender.ts';

type End = (value: unknown) => void;

interface Message {
  readonly type: 'arrived' | 'settled';
  readonly jobs: readonly Job[];
}

/** One request; used again, like plimsoll's. */
class Job {
  payload: unknown = undefined;
  resolve: End | null = null;
  scope: AsyncResource | null = null;
  submittedAt = 0;
  readonly onValue: (value: unknown) => void;

  constructor(settled: (job: Job) => void) {
    this.onValue = (value) => {
      this.payload = value;
      settled(this);
    };
  }
}

const NOW = Promise.resolve();
let lastResolve: End;
const takeEnds = (resolve: End): void => {
  lastResolve = resolve;
};

/**
 * The least that plimsoll's contract leaves to be done for a request, as quick as it can be written, and nothing else: its outcome's
 * promise, two messages a tick to an actor, two looks at the clock, the submitter's async context, a queue for slots, the handler
 * run in a turn of its own. It validates nothing, chooses nobody, bounds no time, and counts and tells nothing: a bound on
 * what can be gained, not a competitor.
 */
class Skeleton {
  private arrived: Job[] = [];
  private readonly queue: Job[] = [];
  private first = 0;
  private taken = 0;
  /** Of all requests together, ms. */
  responseMs = 0;
  private readonly vacant: Job[] = [];
  private bound: Job[] = [];
  private settledJobs: Job[] = [];
  private readonly actor = createActor(this.logic()).start();

  /** Custom logic whose snapshot stays the same object: the cheapest that XState has. */
  private logic(): ActorLogic<Snapshot<undefined>, Message> {
    return {
      getInitialSnapshot: () => ({ status: 'active', output: undefined, error: undefined }),
      getPersistedSnapshot: (snapshot) => snapshot,
      transition: (snapshot, message) => {
        if (message.type === 'arrived') this.admit(message.jobs);
        else if (message.type === 'settled') this.settle(message.jobs);
        return snapshot;
      },
    };
  }

  execute(payload: unknown): Promise<unknown> {
    const outcome = new Promise<unknown>(takeEnds);
    const job = this.vacant.pop() ?? new Job((one) => this.ended(one));
    job.payload = payload;
    job.resolve = lastResolve;
    job.scope = new AsyncResource('skeleton', { requireManualDestroy: true });
    if (this.arrived.push(job) === 1) NOW.then(() => this.arrive());
    return outcome;
  }

  private arrive(): void {
    const jobs = this.arrived;
    this.arrived = [];
    this.actor.send({ type: 'arrived', jobs });
  }

  private admit(jobs: readonly Job[]): void {
    const now = performance.now();
    for (const job of jobs) {
      job.submittedAt = now;
      this.queue.push(job);
    }
    this.dispatch();
  }

  private dispatch(): void {
    while (this.taken < SLOTS && this.first < this.queue.length) {
      const job = this.queue[this.first++]!;
      this.taken++;
      if (this.bound.push(job) === 1) NOW.then(() => this.start());
    }
    if (this.first < 4_096) return;
    this.queue.splice(0, this.first);
    this.first = 0;
  }

  private start(): void {
    const { bound } = this;
    this.bound = [];
    for (const job of bound) {
      const result = job.scope!.runInAsyncScope(noop, undefined, job.payload);
      result.then(job.onValue);
    }
  }

  private ended(job: Job): void {
    if (this.settledJobs.push(job) > 1) return;
    NOW.then(() => {
      const jobs = this.settledJobs;
      this.settledJobs = [];
      this.actor.send({ type: 'settled', jobs });
    });
  }

  private settle(jobs: readonly Job[]): void {
    const now = performance.now();
    for (const job of jobs) {
      this.responseMs += now - job.submittedAt;
      this.taken--;
      const { resolve, payload } = job;
      job.resolve = null;
      job.scope = null;
      this.vacant.push(job);
      resolve?.(payload);
    }
    this.dispatch();
  }

  stop(): void {
    this.actor.stop();
  }
}

export const skeleton: Contender = {
  label: 'the least that the contract leaves',
  package: undefined,
  features: 'promises, two messages a tick to an actor, async context, clock, slots: no competitor, but a bound',
  start() {
    const one = new Skeleton();
    return { run: (n) => one.execute(n), stop: () => one.stop() };
  },
};
