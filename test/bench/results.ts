import { cpus, totalmem } from 'node:os';
import { type Contest, contest } from './contest.ts';
import { mayWait, waitedMs } from './disturbance.ts';
import type { Plan } from './plan.ts';
import { trial } from './trial.ts';
import type { Backlog } from './trials/backlog.ts';
import type { Churn } from './trials/churn.ts';
import type { HeapSlope } from './trials/heap.ts';
import type { Day, Steady } from './trials/virtual.ts';

/** Everything that one run has measured. */
export interface Results {
  readonly machine: Machine;
  /** How long the run waited for the machine to calm down, ms. */
  readonly waitedMs: number;
  readonly contests: readonly Contest[];
  /** A pool of worker threads with plimsoll before it (own) and without (other). */
  readonly threads: Contest | undefined;
  readonly variants: readonly Contest[];
  readonly picks: readonly Pick[];
  readonly backlogs: readonly (Backlog & { readonly waiting: number })[];
  readonly churn: Churn;
  readonly slope: HeapSlope & { readonly requests: number };
  readonly componentBytes: number;
  readonly steady: readonly (Steady & { readonly load: number })[];
  readonly day: (Day & { readonly hours: number }) | undefined;
}

/** ns of one pick by number of components. */
export interface Pick {
  readonly algorithm: (typeof ALGORITHMS)[number];
  readonly ns: readonly { readonly components: number; readonly ns: number }[];
}

export interface Machine {
  readonly node: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
}

const ALGORITHMS = [
  'round-robin',
  'weighted-round-robin',
  'least-connections',
  'least-response-time',
  'resource-based',
  'performance-based',
  'adaptive',
] as const;

/** Carries a plan out, one thing after the other. @param say hears what comes next. */
export async function measureAll(plan: Plan, say: (what: string) => void): Promise<Results> {
  mayWait(plan.waitMs);
  const contests: Contest[] = [];
  for (const name of plan.competitors) {
    say(`against ${name}`);
    contests.push(await contest(name, plan.contest));
  }
  const variants: Contest[] = [];
  for (const name of plan.variants) {
    say(`against itself with ${name}`);
    variants.push(await contest(name, plan.variant));
  }
  if (plan.day !== undefined) say('before a pool of threads');
  const threads = plan.day === undefined ? undefined : await contest('piscina', plan.variant, 'plimsoll-piscina');
  const picks: Pick[] = [];
  for (const algorithm of ALGORITHMS) {
    say(`picks, ${algorithm}`);
    const ns: { components: number; ns: number }[] = [];
    for (const components of plan.picks.components)
      ns.push({ components, ns: await trial('picks', { algorithm, components, tries: plan.picks.tries }) });
    picks.push({ algorithm, ns });
  }
  say('queue');
  const backlogs: Results['backlogs'][number][] = [];
  for (const waiting of plan.backlogs)
    backlogs.push({ waiting, ...(await trial('backlog', { waiting, repeats: waiting > 100_000 ? 2 : 20 })) });
  say('changes of a large fleet');
  const churn = await trial('churn', plan.churn, plan.churn.tries);
  say('heap');
  const slope = { requests: plan.heapRequests, ...(await trial('heapSlope', { requests: plan.heapRequests })) };
  const componentBytes = await trial('componentBytes', plan.component);
  say('statecharts');
  const steady: Results['steady'][number][] = [];
  for (const load of plan.steady.loads)
    steady.push({ load, ...(await trial('steady', { load, requests: plan.steady.requests })) });
  if (plan.day !== undefined) say('a day');
  const day = plan.day === undefined ? undefined : { hours: plan.day.hours, ...(await trial('day', plan.day)) };
  const machine = machineOf();
  return {
    machine,
    waitedMs: waitedMs(),
    contests,
    threads,
    variants,
    picks,
    backlogs,
    churn,
    slope,
    componentBytes,
    steady,
    day,
  };
}

function machineOf(): Machine {
  const processors = cpus();
  return {
    node: process.version,
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
  };
}
