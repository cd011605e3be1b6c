import type { Books } from '../../machines/balancer/books.ts';
import { indicesOf } from '../../machines/balancer/regroup.ts';
import { classOf } from '../domain/priority.ts';
import type { WorkloadRequest } from '../domain/request.ts';
import { idempotentByDefault } from '../domain/workload.ts';
import { toDemand } from '../ledgers/resource-ledger.ts';

/** Who would take a request now: the same chooser as dispatch asks, without taking anything. */
export function peek(books: Books, request: WorkloadRequest): string | undefined {
  const kind = books.routes.kindOf(request.type);
  const chosen = books.chooser.choose(
    {
      type: request.type,
      cls: classOf(request.priority ?? 'NORMAL'),
      kind,
      demand: toDemand(request.resources),
      excluded: request.excludedComponents === undefined ? null : indicesOf(books, request.excludedComponents),
      preferred: request.preferredComponents === undefined ? null : indicesOf(books, request.preferredComponents),
      affinityKey: request.affinityKey,
      idempotent: request.idempotent ?? idempotentByDefault(request.type),
      lastFailed: -1,
    },
    books.algorithms.policy,
    books.now(),
    kind.route.queued,
  );
  return books.entries[chosen]?.id;
}
