import { describe, expect, it } from 'vitest';
import { InvalidConfigError, LoadBalancer, type LoadBalancerConfig, type WorkloadRequest } from '../../src/index.ts';
import { Rig, type RigConfig } from '../support/rig.ts';

/** How often a request runs whose first attempt fails. */
async function runs(settings: Partial<RigConfig>, request: WorkloadRequest): Promise<number> {
  let count = 0;
  const handler = (): string => {
    if (++count === 1) throw new Error('once');
    return 'done';
  };
  const rig = await Rig.start({ components: [{ id: 'a', handler }], ...settings });
  const tracked = rig.execute(request);
  await rig.advance(10_000);
  expect(tracked.outcome).toBe(count === 1 ? 'rejected' : 'resolved');
  return count;
}

const TRADE = { nonIdempotentTypes: ['TRADE'] };

describe('nonIdempotentTypes', () => {
  it.for<[string, Partial<RigConfig>, WorkloadRequest, number]>([
    ['a wallet operation by default', {}, { type: 'WALLET_OPERATION' }, 1],
    ['an arbitrage by default', {}, { type: 'ARBITRAGE_OPPORTUNITY' }, 1],
    ['any other type by default', {}, { type: 'TRADE' }, 2],
    ['a type that is named', TRADE, { type: 'TRADE' }, 1],
    ['a type that merely begins alike', TRADE, { type: 'TRADE_QUERY' }, 2],
    ['a wallet operation where others are named', TRADE, { type: 'WALLET_OPERATION' }, 2],
    ['everything where none is named', { nonIdempotentTypes: [] }, { type: 'WALLET_OPERATION' }, 2],
    ['a request of a named type that says that it may', TRADE, { type: 'TRADE', idempotent: true }, 2],
    ['a request of another type that says that it may not', TRADE, { type: 'QUERY', idempotent: false }, 1],
  ])('%s', async ([, settings, request, expected]) => {
    expect(await runs(settings, request)).toBe(expected);
  });

  it('does not follow a list that is changed afterwards', async () => {
    const nonIdempotentTypes = ['TRADE'];
    const rig = await Rig.start({ components: [{ id: 'a', handler: () => 'a' }], nonIdempotentTypes });
    nonIdempotentTypes.length = 0;
    expect(rig.state.settings.nonIdempotentTypes).toEqual(['TRADE']);
  });

  it.for([[['']], [[5]], ['TRADE'], [null]])('is refused as %j', async ([value]) => {
    const config = { components: [{ id: 'a', handler: () => 'a' }], statePath: null, nonIdempotentTypes: value };
    expect(() => new LoadBalancer(config as unknown as LoadBalancerConfig)).toThrow(InvalidConfigError);
  });
});
