import { afterEach, describe, expect, it } from 'vitest';
import type { ComponentSpec } from '../../src/domain/component.ts';
import { HandlerError, RequestCancelledError, RequestTimeoutError } from '../../src/domain/errors.ts';
import type { WorkloadRequest } from '../../src/domain/request.ts';
import { LoadBalancer } from '../../src/load-balancer/load-balancer.ts';
import type { LoadBalancerConfig } from '../../src/load-balancer/options.ts';

/** What a worker under test does, by its request's payload. */
export type Order =
  | { readonly op: 'echo'; readonly value: unknown }
  /** Answers `{ requestId, attempt, deadline }`. */
  | { readonly op: 'who' }
  /** Fails, as often as it is asked. */
  | { readonly op: 'fail' }
  /** Throws what is no Error: `{ message: 'bad order', callerFault: true }`. */
  | { readonly op: 'refuse' }
  /** Does not answer until it is aborted. */
  | { readonly op: 'hang' };

export const order = (payload: Order, more: Partial<WorkloadRequest> = {}): WorkloadRequest<Order> => ({
  type: 'GENERAL',
  ...more,
  payload,
});

/** What every kind of worker promises, seen from its balancer. */
export function describeWorker(name: string, make: () => ComponentSpec['handler']): void {
  describe(`the contract of workers: ${name}`, () => {
    const started: LoadBalancer[] = [];
    const start = async (changes: Partial<LoadBalancerConfig> = {}, slots = 4): Promise<LoadBalancer> => {
      const balancer = await LoadBalancer.start({
        components: [{ id: 'a', maxConcurrentTasks: slots, handler: make() }],
        statePath: null,
        logger: false,
        retry: { baseMs: 1, capMs: 1 },
        ...changes,
      });
      started.push(balancer);
      return balancer;
    };
    afterEach(async () => {
      await Promise.all(started.splice(0).map((balancer) => balancer.stop({ drain: false })));
    });

    it('gives each of many requests its own result', async () => {
      const balancer = await start();
      const values = Array.from({ length: 50 }, (_, value) => value);
      const results = await Promise.all(values.map((value) => balancer.execute(order({ op: 'echo', value }))));
      expect(results).toEqual(values);
    });

    it('may answer with nothing', async () => {
      const balancer = await start();
      expect(await balancer.execute(order({ op: 'echo', value: undefined }))).toBeUndefined();
    });

    it('knows which attempt of which request it works on, and until when', async () => {
      const balancer = await start();
      const deadline = Date.now() + 60_000;
      expect(await balancer.execute(order({ op: 'who' }, { id: 'r1', deadline }))).toEqual({
        ...{ requestId: 'r1', attempt: 1 },
        // by the system's clock, which has no fractions of a ms
        deadline: expect.closeTo(deadline, -1),
      });
      const { deadline: none } = await balancer.execute<{ deadline: unknown }>(order({ op: 'who' }));
      expect(none).toBeUndefined();
    });

    it('fails its request with what it threw as the cause, after the retries', async () => {
      const balancer = await start();
      const error = await balancer.execute(order({ op: 'fail' }, { maxRetries: 2 })).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(HandlerError);
      expect(error).toMatchObject({ cause: { message: 'it failed' }, reason: 'attemptsExhausted' });
      expect(balancer.getLoadBalancingMetrics().attempts.started).toBe(3);
    });

    it('can say that a failure is the caller’s fault: no retry, nobody is ejected', async () => {
      const balancer = await start();
      for (let k = 0; k < 10; k++) {
        const error = await balancer.execute(order({ op: 'refuse' })).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ cause: { message: 'bad order' }, reason: 'notRetryable' });
      }
      expect(balancer.getComponentCapacity('a')?.status).toBe('Available');
      expect(balancer.getLoadBalancingMetrics().attempts.started).toBe(10);
    });

    it('lets go of a request that is cancelled, and of its slot', async () => {
      const balancer = await start({}, 1);
      const assigned = new Promise((resolve) => balancer.on('request.assigned', resolve));
      const hanging = balancer.execute(order({ op: 'hang' }, { id: 'r1' }));
      await assigned;
      const next = balancer.execute(order({ op: 'echo', value: 'next' }));
      balancer.cancel('r1');
      await expect(hanging).rejects.toBeInstanceOf(RequestCancelledError);
      expect(await next).toBe('next');
      expect(balancer.getLoadBalancingMetrics().attempts.abandoned).toBe(0);
    });

    it('is timed out when it hangs', async () => {
      const balancer = await start();
      const hanging = balancer.execute(order({ op: 'hang' }, { timeoutMs: 20, maxRetries: 0 }));
      await expect(hanging).rejects.toBeInstanceOf(RequestTimeoutError);
    });

    it('may be stopped while it works: everything settles', async () => {
      const balancer = await start();
      const hanging = Array.from({ length: 8 }, () => balancer.execute(order({ op: 'hang' })));
      const settled = Promise.allSettled(hanging);
      await balancer.stop({ drain: false });
      const outcomes = await settled;
      expect(outcomes.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 'rejected'));
    });

    it('can leave and be replaced at run time', async () => {
      const balancer = await start();
      await balancer.execute(order({ op: 'echo', value: 1 }));
      const left = new Promise((resolve) => balancer.on('component.deregistered', resolve));
      balancer.register({ id: 'b', handler: make() });
      balancer.deregister('a');
      await left;
      expect(await balancer.execute(order({ op: 'echo', value: 2 }))).toBe(2);
    });
  });
}
