import { describe, expect, it } from 'vitest';
import { Breakdown } from '../../../docs/examples/mayarbi-bot/breakdown.ts';
import { createComponents } from '../../../docs/examples/mayarbi-bot/components.ts';
import { VirtualClock } from '../../../src/testing/clock/virtual-clock.ts';

const clock = new VirtualClock();
const context = (signal: AbortSignal) => ({
  ...{ attempt: 1, deadline: undefined, componentId: 'any', requestId: 'r', clock, signal },
});

describe('a breakdown on purpose', () => {
  it('freezes one component until it is mended, and its check says no', async () => {
    const breakdown = new Breakdown();
    const components = createComponents(() => 'done', breakdown);
    const run = (id: string, signal = new AbortController().signal): unknown => {
      const spec = components.find((component) => component.id === id);
      return typeof spec?.handler === 'function' ? spec.handler({ type: 'GENERAL' }, context(signal)) : undefined;
    };
    const healthy = (): string[] =>
      components.flatMap(({ id, check }) => (check?.({ ...context(AbortSignal.abort()) }) === true ? [id] : []));
    expect(healthy()).toHaveLength(7);
    breakdown.break('price_feeds');
    expect(healthy()).not.toContain('price_feeds');
    expect(run('memory_system')).toBe('done');
    const controller = new AbortController();
    const aborted = run('price_feeds', controller.signal);
    const frozen = run('price_feeds');
    controller.abort(new Error('nobody waits'));
    await expect(aborted).rejects.toThrow('nobody waits');
    await expect(run('price_feeds', AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
    breakdown.mend();
    expect(await frozen).toBe('done');
    expect(run('price_feeds')).toBe('done');
    expect(healthy()).toHaveLength(7);
  });
});
