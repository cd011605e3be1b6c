import { describe, expect, it } from 'vitest';
import { LoadBalancer, type PlimsollError } from '../../src/index.ts';
import { MAYARBI } from '../../src/presets/mayarbi.ts';
import { breakActor } from '../../src/testing/chaos/internals.ts';
import { seededRandom, VirtualClock } from '../../src/testing.ts';

const REQUESTS = 10_000;

/** What a wallet does to one request: it pays at some moment of its run, or not, and then ends in some way, or not. */
interface Fate {
  /** Before any wait, after one, or (`never`) not at all. */
  readonly pays: 'at once' | 'later' | 'never';
  readonly ends: 'well' | 'in an error' | 'in a throw' | 'never' | 'late';
  readonly ms: number;
}

describe('WALLET_OPERATION', () => {
  it.each([1, 2, 3])(
    'is paid at most once per request, whatever its component does (seed %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const clock = new VirtualClock(1_000);
      const pick = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
      const started = new Map<string, number>();
      const paid = new Map<string, number>();
      const count = (ledger: Map<string, number>, id: string) => ledger.set(id, (ledger.get(id) ?? 0) + 1);
      let trouble = 0;

      const fate = (): Fate =>
        random() < trouble
          ? {
              pays: pick('at once', 'later', 'never'),
              ends: pick('in an error', 'in a throw', 'never', 'late'),
              ms: random() * 200,
            }
          : { pays: pick('at once', 'later'), ends: 'well', ms: 5 + random() * 20 };

      const balancer = await LoadBalancer.start({
        clock,
        random: seededRandom(seed + 100),
        logger: false,
        statePath: null,
        requestTimeoutMs: 500,
        queueTimeoutMs: 2_000,
        maxRetries: 3,
        recovery: { baseDelayMs: 200, maxDelayMs: 1_000, slowStartMs: 1_000 },
        outlier: { consecutiveFailures: 8, failureRatio: 0.6 },
        components: [
          {
            ...MAYARBI.wallet_manager,
            handler: ({ metadata }, { signal }) => {
              const id = String(metadata?.id);
              const { pays, ends, ms } = fate();
              count(started, id);
              if (pays === 'at once') count(paid, id);
              if (ends === 'in a throw') throw new Error('the wallet threw');
              return new Promise((resolve, reject) => {
                clock.setTimeout(() => {
                  // real side effects do not look at the signal: a payment on its way is made
                  if (pays === 'later') count(paid, id);
                  if (ends === 'well') resolve(id);
                  if (ends === 'in an error') reject(new Error('the wallet failed'));
                  if (ends === 'late') clock.setTimeout(() => resolve(id), 800);
                }, ms);
                signal.addEventListener('abort', () => {
                  if (ends === 'never' && random() < 0.5) reject(signal.reason);
                });
              });
            },
          },
        ],
      });

      const ends = new Map<string, number>();
      const outcomes = { completed: 0, started: 0, neverStarted: 0 };
      for (let k = 0; k < REQUESTS; k++) {
        const id = `w${k}`;
        balancer
          .execute({ type: 'WALLET_OPERATION', priority: pick('CRITICAL', 'HIGH', 'NORMAL'), metadata: { id } })
          .then(
            () => {
              count(ends, id);
              outcomes.completed++;
              // what was reported as done was done
              expect(paid.get(id)).toBe(1);
            },
            (error: PlimsollError) => {
              count(ends, id);
              expect(error.code).toEqual(expect.any(String));
              if (started.has(id)) outcomes.started++;
              else outcomes.neverStarted++;
            },
          );
        if (k % 500 === 0) trouble = pick(0, 0, 0.1, 0.5, 1);
        if (random() < 0.004) breakActor(balancer.actor.system.get('balancer/wallet_manager'));
        if (random() < 0.002) balancer.fail('wallet_manager');
        if (random() < 0.002) balancer.drain('wallet_manager');
        if (random() < 0.01) balancer.resume('wallet_manager');
        if (random() < 0.01) balancer.recover('wallet_manager');
        await clock.advance(random() * 8);
      }
      balancer.resume('wallet_manager');
      const stopped = balancer.stop();
      await clock.advance(60_000);
      await stopped;

      expect([...started.values()].filter((times) => times > 1)).toEqual([]);
      expect([...paid.values()].filter((times) => times > 1)).toEqual([]);
      expect(ends.size).toBe(REQUESTS);
      expect([...ends.values()].every((times) => times === 1)).toBe(true);
      // all of it did happen
      const { restarts, failed, abandoned } = balancer.getLoadBalancingMetrics().components.wallet_manager!;
      expect(Math.min(restarts, failed, abandoned)).toBeGreaterThan(3);
      expect(outcomes.completed).toBeGreaterThan(REQUESTS / 10);
      expect(Math.min(outcomes.started, outcomes.neverStarted)).toBeGreaterThan(50);
    },
    60_000,
  );
});
