import { describe, expect, it } from 'vitest';
import type { ComponentSpec, LoadBalancer, WorkloadRequest } from '../../src/index.ts';
import { quick, Rig, type RigConfig } from '../support/rig.ts';

/** A component whose handlers submit what `inner` says and wait for it, where the payload is `outer`. */
async function nesting(
  slots: number,
  inner: WorkloadRequest,
  others: readonly ComponentSpec[] = [],
  settings: Partial<RigConfig> = {},
  submit: (balancer: LoadBalancer, request: WorkloadRequest) => unknown = (balancer, request) =>
    balancer.execute(request),
): Promise<Rig> {
  const rig: Rig = await Rig.start({
    components: [
      {
        id: 'a',
        maxConcurrentTasks: slots,
        serves: ['A'],
        handler: async ({ payload }, { clock }) => {
          await new Promise<void>((resolve) => clock.setTimeout(resolve, 1));
          return payload === 'outer' ? await submit(rig.balancer, inner) : 'inner';
        },
      },
      ...others,
    ],
    requestTimeoutMs: 500,
    maxRetries: 0,
    ...settings,
  });
  return rig;
}

const outer = (rig: Rig, count = 1) => {
  const all = rig.executeMany(count, { type: 'A', payload: 'outer' });
  for (const { promise } of all) promise.catch(() => {});
};
const warnings = (rig: Rig) => rig.log.lines.filter(({ message }) => message.includes('since handlers that wait'));

describe('a handler that waits for its own slot', () => {
  it.for([1, 3])('is warned of, once, with %i slots', async (slots) => {
    const rig = await nesting(slots, { type: 'A' });
    for (let k = 0; k < 3; k++) {
      outer(rig, slots);
      await rig.advance(2_000);
    }
    expect(warnings(rig)).toHaveLength(1);
    expect(warnings(rig)[0]).toMatchObject({ level: 'warn', fields: { componentId: 'a', workload: 'A' } });
  });

  it('is warned of where it submits before its first await', async () => {
    const rig: Rig = await Rig.start({
      components: [
        {
          id: 'a',
          maxConcurrentTasks: 1,
          handler: ({ payload }) => (payload === 'outer' ? rig.balancer.execute({ type: 'A' }) : 'inner'),
        },
      ],
      requestTimeoutMs: 500,
      maxRetries: 0,
    });
    outer(rig);
    await rig.advance(2_000);
    expect(warnings(rig)).toHaveLength(1);
  });

  it.for<[string, number, WorkloadRequest, readonly ComponentSpec[], number, Partial<RigConfig>?]>([
    ['a slot is free', 2, { type: 'A' }, [], 1],
    ['another slot is held by one that waits for nothing', 2, { type: 'A', payload: 'inner' }, [], 0],
    ['somebody else serves the type', 1, { type: 'A' }, [quick('b', { serves: ['A'] })], 1],
    ['the type is another one', 1, { type: 'B' }, [quick('b', { serves: ['B'] })], 1],
    ['nothing is marked', 1, { type: 'A' }, [], 1, { asyncContext: false }],
  ])('is not where %s', async ([, slots, inner, others, count, settings]) => {
    const rig = await nesting(slots, inner, others, settings);
    if (count === 0) {
      rig.executeMany(3, { type: 'A' });
      rig.execute({ type: 'A', payload: 'outer' });
    } else outer(rig, count);
    await rig.advance(3_000);
    expect(warnings(rig)).toEqual([]);
  });

  it('is not where it waits for nothing', async () => {
    const rig = await nesting(1, { type: 'A' }, [], {}, (balancer, request) => balancer.submitRequest(request));
    outer(rig, 3);
    await rig.advance(3_000);
    expect(warnings(rig)).toEqual([]);
    expect(rig.counts.completed).toBe(6);
  });

  it('is not where what it waited for has come meanwhile', async () => {
    // the second one waits for the first one's slot, which ends
    const rig: Rig = await Rig.start({
      components: [
        {
          id: 'a',
          maxConcurrentTasks: 2,
          handler: async ({ payload }, { clock }) => {
            const sleep = (ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms));
            if (payload === 'long') await sleep(50);
            if (payload !== 'outer') return;
            await rig.balancer.execute({ type: 'A' });
            await sleep(100);
          },
        },
      ],
      maxRetries: 0,
    });
    rig.execute({ payload: 'long' });
    rig.execute({ payload: 'outer' });
    await rig.advance(60);
    rig.execute({ payload: 'outer' });
    await rig.advance(1_000);
    expect(warnings(rig)).toEqual([]);
    expect(rig.counts).toMatchObject({ completed: 5, inFlight: 0 });
  });
});
