import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { type AnyActorRef, createActor, emit, fromCallback, sendTo, setup } from 'xstate';
import { actorWorker } from '../../../src/adapters/workers/actor/actor-worker.ts';
import type { TaskAborted, TaskAnswer, TaskAssigned, WorkerFact } from '../../../src/adapters/workers/actor/task.ts';
import { InvalidConfigError, OutcomeUnknownError } from '../../../src/domain/errors.ts';
import { LoadBalancer } from '../../../src/load-balancer/load-balancer.ts';
import { VirtualClock } from '../../../src/testing/clock/virtual-clock.ts';
import { seededRandom } from '../../../src/testing/seeded-random.ts';

type Told = TaskAssigned | TaskAborted;
type Do = { readonly type: 'do'; readonly what: () => void };

/** An actor that notes what it is told and does nothing by itself, until the test has it do something. */
function makeActor() {
  const told: Told[] = [];
  const logic = fromCallback<Told | Do, undefined, WorkerFact>(({ receive }) => {
    receive((event) => (event.type === 'do' ? event.what() : told.push(event)));
  });
  const ref = createActor(logic).start();
  const tasks = (): TaskAssigned[] => told.filter((event) => event.type === 'task.assigned');
  const reply = (task: TaskAssigned | undefined, result: unknown): TaskAnswer => ({
    ...{ type: 'task.completed', requestId: task?.requestId ?? '', attempt: task?.attempt ?? 0 },
    result,
  });
  return { ref, told, tasks, reply };
}

describe('actorWorker', () => {
  const clock = new VirtualClock();
  const started: LoadBalancer[] = [];
  const start = async (handler: ReturnType<typeof actorWorker>, slots = 4): Promise<LoadBalancer> => {
    const balancer = await LoadBalancer.start({
      components: [{ id: 'a', maxConcurrentTasks: slots, handler }],
      ...{ statePath: null, logger: false, clock, random: seededRandom(1) },
    });
    started.push(balancer);
    return balancer;
  };
  afterEach(async () => {
    await Promise.all(started.splice(0).map((balancer) => balancer.stop({ drain: false })));
  });

  it('sends as many tasks at once as the component has slots', async () => {
    const { ref, tasks, reply } = makeActor();
    const worker = actorWorker(ref);
    const balancer = await start(worker, 2);
    const results = [1, 2, 3].map((id) => balancer.execute({ id: `r${id}`, type: 'GENERAL', payload: id }));
    await clock.advance(0);
    expect(tasks().map(({ requestId }) => requestId)).toEqual(['r1', 'r2']);
    expect(worker.pending).toBe(2);
    const [first, second] = tasks();
    second?.replyTo.send(reply(second, 'b'));
    await clock.advance(0);
    const third = tasks()[2];
    third?.replyTo.send(reply(third, 'c'));
    first?.replyTo.send(reply(first, 'a'));
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c']);
    expect(worker.pending).toBe(0);
  });

  it('ignores and counts answers that are late, given twice, to no task, or none at all', async () => {
    const { ref, tasks, reply } = makeActor();
    const worker = actorWorker(ref);
    const balancer = await start(worker);
    const result = balancer.execute({ id: 'r1', type: 'GENERAL' });
    await clock.advance(0);
    const [task] = tasks();
    task?.replyTo.send({ type: 'task.completed', requestId: 'r1', attempt: 2 });
    task?.replyTo.send({ type: 'task.failed', requestId: 'other', attempt: 1 });
    task?.replyTo.send(JSON.parse('{"type": "task.nonsense", "requestId": "r1", "attempt": 1}'));
    task?.replyTo.send(reply(task, 'first'));
    task?.replyTo.send(reply(task, 'second'));
    expect(await result).toBe('first');
    expect(worker.ignoredAnswers).toBe(4);
  });

  it('tells of an abort, and takes the answer that comes all the same as late', async () => {
    const { ref, told, tasks, reply } = makeActor();
    const balancer = await start(actorWorker(ref));
    const late = new Promise((resolve) => balancer.on('request.settledLate', resolve));
    const result = balancer.execute({ id: 'r1', type: 'GENERAL' });
    await clock.advance(0);
    const [task] = tasks();
    expect(task?.signal.aborted).toBe(false);
    balancer.cancel('r1');
    await expect(result).rejects.toMatchObject({ code: 'REQUEST_CANCELLED' });
    await clock.advance(0);
    expect(told.at(-1)).toMatchObject({ type: 'task.aborted', requestId: 'r1', attempt: 1 });
    expect(task?.signal.aborted).toBe(true);
    expect(balancer.getComponentCapacity('a')?.slotsTaken).toBe(1);
    task?.replyTo.send(reply(task, 'done anyway'));
    expect(await late).toMatchObject({ requestId: 'r1', result: 'done anyway' });
    expect(balancer.getComponentCapacity('a')?.slotsTaken).toBe(0);
  });

  it('never takes the answer to an earlier request for that to a later one of the same id', async () => {
    const { ref, tasks, reply } = makeActor();
    const balancer = await start(actorWorker(ref));
    balancer.execute({ id: 'r1', type: 'WALLET_OPERATION' }).catch(() => undefined);
    await clock.advance(0);
    balancer.cancel('r1');
    const second = balancer.execute({ id: 'r1', type: 'WALLET_OPERATION' });
    await clock.advance(1000);
    const [task, again] = tasks();
    expect(again).toMatchObject({ requestId: 'r1', attempt: 2 });
    task?.replyTo.send(reply(task, 'of the first'));
    again?.replyTo.send(reply(again, 'of the second'));
    expect(await second).toBe('of the second');
  });

  it.for([
    ['stops', (ref: AnyActorRef) => ref.stop(), 'has stopped'],
    [
      'crashes',
      (ref: AnyActorRef) =>
        ref.send({
          type: 'do',
          what: () => {
            throw new Error('out of memory');
          },
        }),
      'crashed: out of memory',
    ],
  ] as const)('fails its component and what was pending when the actor %s', async ([, end, reason]) => {
    const { ref } = makeActor();
    const worker = actorWorker(ref);
    const balancer = await start(worker);
    const changed = vi.fn();
    balancer.on('component.statusChanged', changed);
    // what may not run twice ends with what is known of it; the other waits for a component that works
    const wallet = balancer.execute({ type: 'WALLET_OPERATION' }).catch((error: unknown) => error);
    const price = balancer.execute({ type: 'PRICE_UPDATE' });
    await clock.advance(0);
    end(ref);
    await clock.advance(500);
    expect(await wallet).toBeInstanceOf(OutcomeUnknownError);
    expect(await wallet).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      componentId: 'a',
      message: expect.stringContaining(reason),
      cause: { name: 'OutcomeUnknownError', message: expect.stringContaining(reason) },
    });
    expect(changed).toHaveBeenCalledWith(
      expect.objectContaining({ componentId: 'a', to: 'Failed', reason: expect.stringContaining(reason) }),
    );
    expect(worker.pending).toBe(0);
    balancer.register({ id: 'b', handler: () => 'elsewhere' });
    await clock.advance(20_000);
    expect(await price).toBe('elsewhere');
  });

  it('rejects at once for an actor that has stopped before', async () => {
    const { ref } = makeActor();
    ref.stop();
    const balancer = await start(actorWorker(ref));
    const result = balancer
      .execute({ type: 'GENERAL', maxRetries: 0, timeoutMs: 100 })
      .catch((error: unknown) => error);
    await clock.advance(200);
    expect(await result).toMatchObject({ cause: { message: expect.stringContaining('has stopped') } });
  });

  it('passes on what the actor emits about its load and health, while it belongs to a component', async () => {
    const machine = setup({
      types: {
        events: {} as Told | { readonly type: 'report'; readonly healthy: boolean },
        emitted: {} as WorkerFact | { readonly type: 'unrelated' },
      },
    }).createMachine({
      on: {
        'task.assigned': {
          actions: sendTo(
            ({ event }) => event.replyTo,
            ({ event: { requestId, attempt } }) => ({ type: 'task.completed', requestId, attempt, result: 'ok' }),
          ),
        },
        report: {
          actions: [
            emit({ type: 'component.reportUsage', usage: { cpu: 40 } }),
            emit(({ event: { healthy } }) => ({ type: 'component.reportHealth', healthy, reason: 'disk full' })),
            emit({ type: 'unrelated' }),
          ],
        },
      },
    });
    const ref = createActor(machine).start();
    const balancer = await start(actorWorker(ref));
    expect(await balancer.execute({ type: 'GENERAL' })).toBe('ok');
    ref.send({ type: 'report', healthy: true });
    expect(balancer.getComponentCapacity('a')?.resources.cpu.usedPercent).toBe(40);
    for (let k = 0; k < 3; k++) ref.send({ type: 'report', healthy: false });
    expect(balancer.getComponentCapacity('a')?.status).toBe('Failed');
    balancer.register({ id: 'a2', handler: () => undefined });
    balancer.deregister('a', { force: true });
    await clock.advance(0);
    expect(balancer.getComponentCapacity('a')).toBeUndefined();
    const refused = vi.fn();
    balancer.on('command.refused', refused);
    ref.send({ type: 'report', healthy: true });
    await clock.advance(0);
    expect(refused).not.toHaveBeenCalled();
  });

  it('takes only references to actors that take tasks', () => {
    for (const nonsense of [undefined, null, 'a', {}, { send: () => undefined }]) {
      // @ts-expect-error not an actor reference
      expect(() => actorWorker(nonsense)).toThrow(InvalidConfigError);
    }
    const other = createActor(fromCallback<{ readonly type: 'juggle' }>(() => undefined));
    // @ts-expect-error it knows no task.assigned
    actorWorker(other);
    expectTypeOf(makeActor().ref).toExtend<Parameters<typeof actorWorker>[0]>();
  });
});
