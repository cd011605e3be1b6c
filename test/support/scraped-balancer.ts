import { Rig } from './rig.ts';

/** A balancer that has done something of every kind that metrics tell of. */
export async function scrapedBalancer(): Promise<Rig> {
  const rig = await Rig.start({
    maxRetries: 1,
    components: [
      { id: 'a', rateLimit: { limit: 1_000, perMs: 1_000 }, handler: () => 1 },
      { id: 'b', serves: ['faulty'], handler: () => Promise.reject(new Error('no')) },
    ],
  });
  rig.executeMany(5);
  rig.executeMany(5, { type: 'faulty' });
  await rig.advance(1000);
  rig.balancer.fail('b');
  await rig.advance(100);
  return rig;
}
