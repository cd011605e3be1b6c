import { describe, expect, it } from 'vitest';
import { ManualHandler, Rig } from '../support/rig.ts';

/** A component of ten slots of which seven are taken, and freed after so many ms. */
async function sunkAfter(ms: number, settings: { readonly bandDwellMs?: number } = {}): Promise<Rig> {
  const work = new ManualHandler();
  const rig = await Rig.start({
    components: [{ id: 'c', handler: work.handle, maxConcurrentTasks: 10 }],
    ...settings,
  });
  const open = rig.executeMany(8);
  await rig.advance(ms);
  expect(rig.stateOf('c')).toBe('operational.busy');
  for (const run of work.runs.slice(0, 6)) run.resolve('done');
  await rig.advance();
  expect(open.filter(({ value }) => value === 'done')).toHaveLength(6);
  return rig;
}

async function leftAfter(rig: Rig): Promise<number> {
  for (let ms = 0; ms < 1_000; ms++) {
    if (rig.stateOf('c') === 'operational.available') return ms;
    await rig.advance(1);
  }
  throw new Error('the band was never left');
}

describe('a load band', () => {
  it.each([
    [0, 300],
    [1, 299],
    [50, 250],
    [51, 349],
    [99, 301],
  ])('that the load leaves %i ms after a look at the pressure is left with the look %i ms later', async (ms, left) => {
    expect(await leftAfter(await sunkAfter(ms))).toBe(left);
  });

  it('waits for no look that is far away, as a share of bandDwellMs', async () => {
    expect(await leftAfter(await sunkAfter(10, { bandDwellMs: 60 }))).toBe(60);
  });

  it('is not left before bandDwellMs is over', async () => {
    expect(await leftAfter(await sunkAfter(10, { bandDwellMs: 500 }))).toBe(590);
    expect(await leftAfter(await sunkAfter(10, { bandDwellMs: 490 }))).toBe(490);
  });
});
