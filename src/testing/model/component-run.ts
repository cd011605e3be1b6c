import type { WorkloadRequest } from '../../domain/request.ts';
import { compare, compareAtEnd, Told } from './component-checks.ts';
import { ComponentDriver } from './component-driver.ts';
import { bandShown, type ComponentModelState, stateName } from './component-events.ts';
import { workTypeOf } from './component-parameters.ts';
import type { Coverage } from './coverage.ts';
import { type ComponentPath, eventText } from './failover-model.ts';
import { FailoverMismatchError } from './mismatch.ts';
import { type ComponentLogic, type CreateSystem, TestSystem } from './test-system.ts';
import { type RequestFor, Traffic } from './test-traffic.ts';

export interface ComponentRunOptions {
  readonly seed: number;
  readonly requestFor?: RequestFor | undefined;
  readonly componentLogic?: ComponentLogic | undefined;
}

/**
 * Runs one path against a real balancer.
 * @throws FailoverMismatchError at the first step that the system does not follow.
 */
export async function runComponentPath(
  createSystem: CreateSystem,
  id: string,
  path: ComponentPath,
  name: string,
  coverage: Coverage,
  { seed, requestFor, componentLogic }: ComponentRunOptions,
): Promise<void> {
  const problems: string[] = [];
  const complain = (what: string): void => void problems.push(what);
  const steps: string[] = [];
  const system = new TestSystem(createSystem, {
    seed,
    componentLogic,
    inspect: (event) => coverage.hear(event, (actor) => system.isComponent(actor, id)),
  });
  const { serves } = system.post(id).spec;
  const traffic = new Traffic(
    system,
    id,
    (n): Pick<WorkloadRequest, 'type'> => ({
      type: workTypeOf({ serves }),
      ...requestFor?.(id, n),
    }),
  );
  const told = new Told(system, id);
  const driver = new ComponentDriver(system, traffic, coverage, id, complain);
  const verify = (): void => {
    if (problems.length > 0)
      throw new FailoverMismatchError({ name, problems, steps, seed, mermaid: system.diary.toMermaid() });
  };
  const look = async (before: ComponentModelState, state: ComponentModelState, isProbe: boolean): Promise<void> => {
    await system.rest();
    checkRouting(before, state, isProbe);
    if (problems.length === 0) await driver.trace(state);
    traffic.begun.length = 0;
    if (problems.length === 0) await traffic.settleExpected();
    compare(system, id, traffic, told, state, complain);
    verify();
  };
  const checkRouting = (before: ComponentModelState, state: ComponentModelState, isProbe: boolean): void => {
    const closed = bandShown(before) === undefined && bandShown(state) === undefined;
    if (!closed || isProbe) return;
    for (const { requestId, componentId } of traffic.begun)
      if (componentId === id) complain(`${requestId} was routed to ${id}, which is ${stateName(state)}`);
  };

  let { state } = path.initial;
  steps.push(`start -> ${stateName(state)}`);
  await system.balancer.startLoadBalancing();
  await look(state, state, false);
  for (const { event, state: after } of path.steps) {
    const text = eventText(event);
    steps.push(`${text} -> ${stateName(after)} (taken ${after.context.taken}, k ${after.context.k})`);
    system.diary.note(text);
    await driver.perform(event, state, after);
    verify();
    await look(state, after, event.type.startsWith('probe.'));
    state = after;
  }
  steps.push('release everything and stop');
  await driver.finish(state);
  const stopping = system.balancer.stopLoadBalancing();
  await system.rest();
  compareAtEnd(system, traffic, told, complain);
  verify();
  await stopping;
}
