// The event loop is blocked for longer than the time-out, while the I/O that handlers wait for is done in the meantime.
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { LoadBalancer } from '../../../src/index.ts';

const here = fileURLToPath(import.meta.url);

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

const balancer = new LoadBalancer({
  components: ['a', 'b', 'c', 'd'].map((id) => ({ id, handler: () => stat(here) })),
  requestTimeoutMs: 400,
  statePath: null,
  logger: false,
});
let ejected = 0;
balancer.on('component.statusChanged', ({ to }) => {
  if (to === 'Failed') ejected++;
});
await balancer.start();

const outcomes: Record<string, number> = {};
const note = (outcome: string): void => {
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
};
const pay = () =>
  balancer.execute({ type: 'WALLET_OPERATION' }).then(
    () => note('completed'),
    (error: { code: string }) => note(error.code),
  );

// once for long
const paid = Array.from({ length: 10 }, pay);
setImmediate(() => block(1_500));
await Promise.all(paid);

// and in the callbacks of files, again and again, for longer than a time-out
for (let round = 0; round < 10; round++) {
  const quotes = Array.from({ length: 20 }, () =>
    balancer.execute({ type: 'PRICE_UPDATE', timeoutMs: 50, maxRetries: 0 }).then(
      () => note('quoted'),
      // on a loaded machine the threads that do the I/O may have stood still as well
      () => note('quoted'),
    ),
  );
  await stat(here);
  block(110);
  await Promise.all(quotes);
}
await balancer.stop();
process.stdout.write(JSON.stringify({ outcomes, ejected }));
