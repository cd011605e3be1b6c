// Work for threads, by the payload of a task (see test/contracts/worker.suite.ts).

/** @param {import('../../src/adapters/workers/thread/thread-worker.ts').ThreadTask<any>} task */
export default function work({ requestId, attempt, deadline, payload }) {
  switch (payload.op) {
    case 'echo':
      return payload.value;
    case 'who':
      return { requestId, attempt, deadline };
    case 'refuse':
      throw { message: 'bad order', callerFault: true };
    case 'hang':
      return new Promise(() => setInterval(() => undefined, 1000));
    case 'spin':
      for (;;);
    case 'exit':
      return process.exit(3);
    case 'exit once':
      if (Atomics.add(payload.shared, 0, 1) > 0) return 'second time';
      return process.exit(3);
    case 'crash':
      setTimeout(() => {
        throw new Error('out of the blue');
      });
      return new Promise(() => setInterval(() => undefined, 1000));
    case 'signal':
      Atomics.store(payload.shared, 0, 1);
      Atomics.notify(payload.shared, 0);
      Atomics.wait(payload.shared, 1, 0);
      return 'finished';
    case 'uncloneable':
      return () => undefined;
    default:
      throw new Error('it failed');
  }
}

/** @param {import('../../src/adapters/workers/thread/thread-worker.ts').ThreadTask<any>} task */
export const shout = ({ payload }) => String(payload.value).toUpperCase();
