import { createActor, sendTo, setup } from 'xstate';
import { actorWorker } from '../../../src/adapters/workers/actor/actor-worker.ts';
import type { TaskAborted, TaskAnswer, TaskAssigned } from '../../../src/adapters/workers/actor/task.ts';
import { threadWorker } from '../../../src/adapters/workers/thread/thread-worker.ts';
import { describeWorker, type Order } from '../../contracts/worker.suite.ts';

const refusal = { message: 'bad order', callerFault: true };

describeWorker('a function', () => (request, { requestId, attempt, deadline, signal }) => {
  const payload = request.payload as Order;
  switch (payload.op) {
    case 'echo':
      return payload.value;
    case 'who':
      return { requestId, attempt, deadline };
    case 'fail':
      throw new Error('it failed');
    case 'refuse':
      throw refusal;
    case 'hang':
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  }
});

type Task = TaskAssigned<Order>;

const answer = ({ request, requestId, attempt, deadline }: Task): TaskAnswer => {
  const about = { requestId, attempt };
  switch (request.payload?.op) {
    case 'echo':
      return { type: 'task.completed', ...about, result: request.payload.value };
    case 'who':
      return { type: 'task.completed', ...about, result: { requestId, attempt, deadline } };
    case 'refuse':
      return { type: 'task.failed', ...about, error: refusal };
    default:
      return { type: 'task.failed', ...about, error: new Error('it failed') };
  }
};

const workerMachine = setup({ types: { events: {} as Task | TaskAborted } }).createMachine({
  on: {
    'task.assigned': [
      { guard: ({ event }) => event.request.payload?.op === 'hang' },
      {
        actions: sendTo(
          ({ event }) => event.replyTo,
          ({ event }) => answer(event),
        ),
      },
    ],
    'task.aborted': {
      actions: sendTo(
        ({ event }) => event.replyTo,
        ({ event: { requestId, attempt, reason } }) => ({ type: 'task.failed', requestId, attempt, error: reason }),
      ),
    },
  },
});

describeWorker('an actor', () => actorWorker(createActor(workerMachine).start()));

describeWorker('threads', () =>
  threadWorker(new URL('../../support/thread-tasks.mjs', import.meta.url), { threads: 2 }),
);
