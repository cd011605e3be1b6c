import { describe, expect, it } from 'vitest';
import { ALGORITHMS } from '../../src/domain/algorithm.ts';
import { quick, Rig } from '../support/rig.ts';

const dead = (id: string) =>
  quick(id, {
    handler: () => {
      throw new Error('dead');
    },
  });

describe.each([...ALGORITHMS])('two dead of three, nobody is ejected, under %s', (algorithm) => {
  it.each([
    ['without a wish', () => ({})],
    ['with the dead ones preferred', () => ({ preferredComponents: ['a', 'b'] })],
    ['with a key', (k: number) => ({ affinityKey: `account ${k}` })],
  ])('the third does it within three retries: %s', async (_, wishes) => {
    const rig = await Rig.start({
      components: [dead('a'), dead('b'), quick('c')],
      algorithm,
      maxRetries: 3,
      retry: { baseMs: 1, capMs: 1 },
      retryBudget: { ratio: 1, perSecond: 100_000 },
      outlier: { consecutiveFailures: 1_000_000, failureRatio: 1_000_000, minFailures: 1_000_000 },
    });
    const all = [];
    for (let k = 0; k < 200; k++) {
      all.push(rig.execute(wishes(k)));
      await rig.advance(10);
    }
    await rig.advance(1_000);
    expect(all.filter(({ value }) => value !== 'c')).toEqual([]);
  });
});

describe('a route that fails', () => {
  it('does not use up the retries of another', async () => {
    let calls = 0;
    const rig = await Rig.start({
      components: [
        { ...dead('a'), serves: ['FAILS'] },
        { ...dead('a2'), serves: ['FAILS'] },
        quick('b', {
          serves: ['WORKS'],
          handler: () => {
            if (++calls % 2 === 1) throw new Error('now and then');
          },
        }),
      ],
      retry: { baseMs: 1, capMs: 1 },
      outlier: { consecutiveFailures: 1_000_000, failureRatio: 1_000_000, minFailures: 1_000_000 },
    });
    const works = [];
    for (let k = 0; k < 400; k++) {
      rig.execute({ type: 'FAILS' });
      if (k % 20 === 0) works.push(rig.execute({ type: 'WORKS' }));
      await rig.advance(5);
    }
    await rig.advance(1_000);
    expect(works.filter(({ outcome }) => outcome !== 'resolved')).toEqual([]);
  });
});
