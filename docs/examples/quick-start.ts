import { LoadBalancer } from 'plimsoll';

const balancer = await LoadBalancer.start({
  components: [
    {
      id: 'north',
      maxConcurrentTasks: 8,
      serves: ['PRICE_UPDATE'],
      handler: async ({ payload }) => `north: ${payload}`,
    },
    {
      id: 'south',
      maxConcurrentTasks: 8,
      serves: ['PRICE_UPDATE'],
      handler: async ({ payload }) => `south: ${payload}`,
    },
    {
      id: 'wallet',
      maxConcurrentTasks: 2,
      serves: ['WALLET_OPERATION'],
      idempotent: false, // what it does is never run twice
      handler: async () => 'signed',
    },
  ],
  statePath: null, // keep nothing on disk
  logger: false,
});

balancer.on('component.statusChanged', ({ componentId, from, to, reason }) => {
  console.log(`${componentId}: ${from} -> ${to} (${reason})`);
});

console.log(await balancer.execute({ type: 'PRICE_UPDATE', payload: 'ETH/USD', priority: 'HIGH', timeoutMs: 500 }));
console.log(await balancer.execute({ type: 'WALLET_OPERATION', payload: { to: '0x1' }, deadlineInMs: 2_000 }));

balancer.fail('north', 'just to see it');
console.log(await balancer.execute({ type: 'PRICE_UPDATE', payload: 'BTC/USD' }));
console.log(balancer.getLoadBalancingMetrics().requests);
await balancer.stop();
