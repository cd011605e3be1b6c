// What a user bundles: the entries that need no peer. Prints a result, and has the default logger say a line.
import { fileStore, InvalidRequestError, LoadBalancer, threadWorker } from 'plimsoll';
import { inspect } from 'plimsoll/inspector';
import { balancerLogic } from 'plimsoll/machines';
import { mayarbi } from 'plimsoll/presets/mayarbi';
import { renderPrometheus } from 'plimsoll/prometheus';
import { VirtualClock } from 'plimsoll/testing';
import { type Observable, take } from 'rxjs';

async function main(): Promise<void> {
  const balancer = await LoadBalancer.start({
    components: [{ id: 'a', maxConcurrentTasks: 2, handler: ({ payload }) => `did ${String(payload)}` }],
    statePath: null,
  });
  const facts: Observable<{ readonly type: string }> = balancer.events$;
  let seen = '';
  facts.pipe(take(1)).subscribe(({ type }) => {
    seen = type;
  });
  const result = await balancer.execute({ type: 'GENERAL', payload: 'it' });
  balancer.fail('a');
  const entries = [fileStore, threadWorker, inspect, balancerLogic, mayarbi, renderPrometheus, VirtualClock];
  const error: unknown = await balancer.execute({ type: '' }).catch((cause: unknown) => cause);
  const refused = error instanceof InvalidRequestError ? error.name : 'something else';
  process.stdout.write(JSON.stringify({ result, refused, seen, entries: entries.filter(Boolean).length }));
}

main().catch((error: unknown) => {
  process.stderr.write(String(error));
  process.exitCode = 1;
});
