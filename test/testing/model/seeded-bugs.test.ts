import { describe, expect, it } from 'vitest';
import { componentMachine } from '../../../machines/component/component.machine.ts';
import { componentHandlers } from '../../../machines/component/fast-path.ts';
import { withFastPath } from '../../../machines/fast-path.ts';
import { ServingState } from '../../../src/fleet/component-table.ts';
import { FailoverPlan } from '../../../src/testing/model/run-failover-paths.ts';
import type { ComponentLogic, CreateSystem } from '../../../src/testing/model/test-system.ts';
import { FailoverMismatchError } from '../../../src/testing.ts';

const system: CreateSystem = () => ({
  components: [
    { id: 'wallet', maxConcurrentTasks: 10, handler: () => 'signed' },
    { id: 'spare', maxConcurrentTasks: 10, handler: () => 'signed too' },
  ],
});

type Changes = Parameters<typeof componentMachine.provide>[0];

/** The component's own logic with a bug in it. */
const withBug = (changes: Changes): ComponentLogic =>
  withFastPath(componentMachine.provide(changes), componentHandlers);

async function findBug(logic: ComponentLogic): Promise<FailoverMismatchError> {
  const plan = new FailoverPlan(system, { components: ['wallet'], seed: 7 }, logic);
  for (const { run } of plan.paths) {
    try {
      await run();
    } catch (error) {
      if (error instanceof FailoverMismatchError) return error;
      throw error;
    }
  }
  throw new Error('the kit has not found the bug');
}

describe('the kit finds', () => {
  it('nothing where there is no bug', async () => {
    await expect(findBug(withBug({}))).rejects.toThrow('the kit has not found the bug');
  });

  it('a wrong target on recovery: out of maintenance without the probes that are owed', async () => {
    const { detail, message } = await findBug(withBug({ guards: { requiresProbes: () => false } }));
    expect(detail.problems.join()).toContain('the state: expected {"failed":"probing"}');
    expect(detail.steps.at(-1)).toMatch(/^component\.resume -> failed\.probing/);
    expect(message).toContain('seed 7');
    expect(message).toContain('✗');
  });

  it('a recovery that comes two probes too early', async () => {
    const { detail } = await findBug(withBug({ guards: { isLastProbe: () => true } }));
    expect(detail.steps.at(-1)).toMatch(/^probe\.good/);
    expect(detail.problems.join()).toContain('the state: expected {"failed":"probing"}');
  });

  it('a request that is routed to a draining component', async () => {
    const { detail } = await findBug(
      withBug({
        actions: {
          // the table, by which requests are routed, is not told of the drain
          setServingState: ({ context }, servingState) => {
            if (servingState !== ServingState.draining && servingState !== ServingState.drained)
              context.table.setServingState(context.index, servingState, context.now());
          },
        },
      }),
    );
    expect(detail.problems.join()).toMatch(/was routed to wallet, which is maintenance\.drain/);
    expect(detail.mermaid).toMatch(/^sequenceDiagram\n {2}participant /);
    expect(detail.mermaid).toContain('balancer->>wallet: run r');
  });

  it('work in flight that is lost on failover', async () => {
    const { detail } = await findBug(withBug({ actions: { startFailover: () => undefined } }));
    expect(detail.problems.join('\n')).toMatch(
      /still runs on wallet, and should have moved|failovers told: expected 1, got 0/,
    );
  });

  it('work in flight that is lost although the failover is told', async () => {
    const { detail } = await findBug(
      withBug({
        actions: {
          // its work is taken for awaited: nothing of it is told to move
          startFailover: ({ context }) => {
            for (let k = context.table.taken[context.index]!; k > 1; k--) context.table.release(context.index);
          },
        },
      }),
    );
    expect(detail.problems.length).toBeGreaterThan(0);
  });
});
