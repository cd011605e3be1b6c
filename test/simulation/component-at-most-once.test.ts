import { describe, expect, it } from 'vitest';
import { type ComponentSpec, LoadBalancer } from '../../src/index.ts';
import { breakActor } from '../../src/testing/chaos/internals.ts';
import { seededRandom, VirtualClock } from '../../src/testing.ts';

const REQUESTS = 5_000;

/** One run, as the world outside saw it. */
interface Run {
  readonly component: string;
  /** The handler has said that nothing happened. */
  harmless: boolean;
}

describe('a type that nobody has named, on components that run nothing twice beside one that may', () => {
  it.each([1, 2, 3, 4])(
    'runs on no such component twice, nor after it may have run elsewhere (seed %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const clock = new VirtualClock(1_000);
      const pick = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
      const runs = new Map<string, Run[]>();
      let trouble = 0;

      const component = (id: string, spec: Partial<ComponentSpec> = {}): ComponentSpec => ({
        id,
        maxConcurrentTasks: 4,
        ...spec,
        handler: ({ metadata }, { signal }) => {
          const run: Run = { component: id, harmless: false };
          const of = String(metadata?.id);
          runs.set(of, [...(runs.get(of) ?? []), run]);
          const ends =
            random() < trouble ? pick('in a throw', 'in an error', 'harmlessly', 'never', 'late', 'when told') : 'well';
          if (ends === 'in a throw') throw new Error('it threw');
          return new Promise((resolve, reject) => {
            clock.setTimeout(() => {
              if (ends === 'well') resolve(id);
              if (ends === 'in an error') reject(new Error('it failed'));
              if (ends === 'late') clock.setTimeout(() => resolve(id), 800);
              if (ends !== 'harmlessly') return;
              run.harmless = true;
              reject(Object.assign(new Error('refused'), { retryable: true }));
            }, random() * 60);
            if (ends === 'when told') signal.addEventListener('abort', () => reject(signal.reason));
          });
        },
      });
      const spare = component('bank-2', { idempotent: false });

      const balancer = await LoadBalancer.start({
        clock,
        random: seededRandom(seed + 100),
        logger: false,
        statePath: null,
        requestTimeoutMs: 300,
        queueTimeoutMs: 2_000,
        abortGraceMs: 50,
        retryBudget: { ratio: 1, perSecond: 100 },
        recovery: { baseDelayMs: 200, maxDelayMs: 1_000, slowStartMs: 1_000 },
        components: [component('bank-1', { idempotent: false }), spare, component('ledger', { check: () => true })],
      });

      balancer.on('component.deregistered', () => {
        clock.setTimeout(() => {
          if (running) balancer.register(spare);
        }, 500);
      });
      let settled = 0;
      let running = true;
      const ids = ['bank-1', 'bank-2', 'ledger'];
      for (let k = 0; k < REQUESTS; k++) {
        balancer
          .execute({
            type: 'WITHDRAWAL',
            priority: pick('CRITICAL', 'HIGH', 'LOW'),
            metadata: { id: `w${k}` },
            ...(random() < 0.5 ? { idempotent: true } : {}),
            ...(random() < 0.2 ? { deadline: clock.now() + random() * 1_000 } : {}),
            ...(random() < 0.3 ? { preferredComponents: ['ledger'] } : {}),
          })
          .catch(() => {})
          .finally(() => settled++);
        if (k % 200 === 0) trouble = pick(0, 0.1, 0.3, 0.6);
        if (random() < 0.004) breakActor(balancer.actor.system.get(`balancer/${pick(...ids)}`));
        if (random() < 0.004) balancer.fail(pick(...ids));
        if (random() < 0.01) balancer.recover(pick(...ids));
        if (random() < 0.002) balancer.deregister('bank-2', { force: random() < 0.5 });
        await clock.advance(random() * 16);
      }
      running = false;
      const stopped = balancer.stop();
      await clock.advance(60_000);
      await stopped;

      expect(settled).toBe(REQUESTS);
      const once = ({ component: id }: Run): boolean => id !== 'ledger';
      const wrong = [...runs].filter(([, all]) =>
        all.some((run, k) => all.slice(k + 1).some((later) => !run.harmless && (once(run) || once(later)))),
      );
      expect(wrong).toEqual([]);
      // all of it did happen
      const again = [...runs.values()].filter(({ length }) => length > 1);
      expect(again.filter((all) => once(all[0]!)).length).toBeGreaterThan(10);
      expect(again.filter((all) => !once(all[0]!) && !once(all.at(-1)!)).length).toBeGreaterThan(10);
    },
    60_000,
  );
});
