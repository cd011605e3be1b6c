import { type BalancerSettings, LoadBalancer, PRIORITIES } from 'plimsoll';
import { mayarbi } from 'plimsoll/presets/mayarbi';
import { type Contender, noop, type Running } from '../contender.ts';

/**
 * Seven components with the numbers of MayArbi, which serve every type; validation, priorities, deadlines, retries,
 * time-outs, metrics, health and the adaptive algorithm as they come.
 */
export async function startPlimsoll(settings: BalancerSettings = {}): Promise<Running> {
  const balancer = await LoadBalancer.start({
    ...settings,
    components: mayarbi(() => (request) => noop(request.payload)).map((spec) => ({ ...spec, serves: undefined })),
    statePath: null,
    logger: false,
  });
  return {
    run: (n) =>
      balancer.execute({
        type: 'GENERAL',
        priority: PRIORITIES[n % 5]!,
        payload: n,
        deadline: Date.now() + 10_000,
      }),
    stop: () => balancer.stopLoadBalancing(),
  };
}

export const contender: Contender = {
  label: 'plimsoll',
  package: 'plimsoll',
  features: 'everything',
  start: startPlimsoll,
};
