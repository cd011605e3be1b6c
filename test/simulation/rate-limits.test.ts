import { describe, expect, it } from 'vitest';
import { LoadBalancer, type RateLimit, type WorkloadRequest } from '../../src/index.ts';
import { seededRandom, VirtualClock } from '../../src/testing.ts';
import { Provider } from '../support/provider.ts';

describe('rate limits, in 1,000 random schedules', () => {
  it('let nothing start too many in any window of any component', async () => {
    for (let seed = 1; seed <= 1_000; seed++) await randomSchedule(seed);
  }, 120_000);
});

async function randomSchedule(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const of = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const limit = (): RateLimit => {
    const most = of([1, 2, 7, 40]);
    return {
      limit: most,
      perMs: of([20, 100, 450]),
      ...(random() < 0.3 ? { burst: of([1, most]) } : {}),
      ...(random() < 0.5 ? { marginMs: of([0, 3]) } : {}),
    };
  };
  const limits = (): RateLimit | RateLimit[] =>
    random() < 0.7 ? limit() : [limit(), { limit: of([50, 100]), perMs: 1_000 }];
  const asList = (given: RateLimit | RateLimit[]): RateLimit[] => (Array.isArray(given) ? given : [given]);
  const parts = Array.from({ length: of([1, 2, 3]) }, (_, k) => ({
    id: `p${k}`,
    provider: new Provider(),
    rules: limits(),
    since: 0,
  }));
  const clock = new VirtualClock(1_000_000);
  const balancer = new LoadBalancer({
    clock,
    random,
    logger: false,
    statePath: null,
    algorithm: of(['adaptive', 'least-connections', 'performance-based', 'weighted-round-robin']),
    maxRetries: of([0, 3]),
    components: parts.map(({ id, provider, rules }) =>
      provider.spec(id, { rateLimit: rules, maxConcurrentTasks: of([1, 4, 100]) }, () => {
        if (random() < 0.1) throw new Error('down');
        if (random() < 0.3) return undefined;
        return new Promise((resolve) => clock.setTimeout(() => resolve(undefined), of([1, 10, 60])));
      }),
    ),
  });
  await balancer.start();
  const submit = (request: Partial<WorkloadRequest>): void =>
    void balancer.execute({ type: 'GENERAL', ...request }).catch(() => {});
  for (let step = 0; step < 40; step++) {
    const part = of(parts);
    const dice = random();
    if (dice < 0.7)
      for (let k = of([1, 1, 5, 20]); k > 0; k--)
        submit({
          cost: of([0, 1, 1, 1, 3, 0.5]),
          priority: of(['CRITICAL', 'NORMAL', 'LOW']),
          ...(random() < 0.3 ? { deadline: clock.now() + of([5, 100, 2_000]) } : {}),
        });
    else if (dice < 0.8) {
      // the same windows with other limits: of what is longer than before nothing is known
      const next = asList(part.rules).map((rule) => ({ ...rule, burst: undefined, limit: of([1, 5, 60]) }));
      check(part);
      part.rules = next;
      part.since = clock.now() + 1e-9;
      balancer.updateComponent(part.id, { rateLimit: next });
    } else if (dice < 0.85) balancer.fail(part.id);
    else if (dice < 0.9) balancer.recover(part.id);
    else if (dice < 0.93) clock.jump(of([1, 30, 500]));
    await clock.advance(of([0, 0, 1, 7, 40, 300]));
  }
  await clock.advance(5_000);
  for (const part of parts) check(part);
  await balancer.stop({ drain: false });

  function check({ id, provider, rules, since }: (typeof parts)[number]): void {
    for (const { limit: most, perMs, marginMs } of asList(rules)) {
      const margin = marginMs ?? Math.min(50, perMs / 100);
      const started = provider.mostIn(perMs + margin, since);
      if (started > most + 1e-6) expect.fail(`seed ${seed}: ${id} started ${started} of ${most} in ${perMs} ms`);
    }
  }
}
