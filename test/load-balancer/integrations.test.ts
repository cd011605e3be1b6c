import { balancerLogic, stopBalancer } from 'plimsoll/machines';
import { createActor, setup } from 'xstate';
import { stateOrThrow } from '../../machines/embed/balancer-ref.ts';
import { capacityOf } from '../../src/engine/reporting/metrics.ts';
import { LoadBalancer } from '../../src/index.ts';
import type { BalancerInput } from '../../src/load-balancer/options.ts';
import { seededRandom, VirtualClock } from '../../src/testing.ts';
import { describeIntegrations } from '../contracts/integrations.suite.ts';
import { component } from '../machines/embed/hosts.ts';

const components = ['a', 'b'].map((id) => component(id));

describeIntegrations('a LoadBalancer', async (integrations, changes: Partial<BalancerInput> = {}) => {
  const clock = new VirtualClock();
  const ports = { clock, random: seededRandom(1), statePath: null, logger: false, integrations } as const;
  const balancer = await LoadBalancer.start({ components, ...ports, ...changes });
  await clock.advance(0);
  return {
    clock,
    send: (command) => balancer.actor.send(command),
    capacityOf: (id) => balancer.getComponentCapacity(id),
    async stop() {
      const stopped = balancer.stop({ drain: false });
      await clock.advance(0);
      await stopped;
    },
  };
});

describeIntegrations('a balancer in a host machine', async (integrations, changes: Partial<BalancerInput> = {}) => {
  const clock = new VirtualClock();
  const input = { components, random: seededRandom(1), logger: false, integrations, ...changes } as const;
  const host = setup({ actors: { balancer: balancerLogic } }).createMachine({
    invoke: { src: 'balancer', id: 'balancer', input },
  });
  const actor = createActor(host, { clock }).start();
  const { balancer } = actor.getSnapshot().children;
  if (balancer === undefined) throw new Error('no balancer was invoked');
  const state = stateOrThrow(balancer);
  await clock.advance(0);
  return {
    clock,
    send: (command) => balancer.send(command),
    capacityOf(id) {
      const record = state.fleet.records[state.fleet.components.indexOf(id)];
      return record === undefined ? undefined : capacityOf(state, record, state.scheduler.now());
    },
    async stop() {
      const stopped = stopBalancer(balancer, { drain: false });
      await clock.advance(0);
      await stopped;
    },
  };
});
