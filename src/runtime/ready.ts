import type { Books } from '../../machines/balancer/books.ts';
import { isFull } from '../../machines/balancer/water.ts';
import type { WorkloadRequest } from '../domain/request.ts';

/** Resolves when neither the queue nor the request's route is between its high- and its low-water mark. */
export function whenReady(books: Books, request: WorkloadRequest | undefined): Promise<void> {
  const route = (): Parameters<typeof isFull>[1] =>
    request === undefined ? undefined : books.routes.kindOf(request.type).route;
  if (!isFull(books, route()) || books.phase === 'stopped') return Promise.resolve();
  return new Promise((resolve) => {
    const off = books.facts.listen('queue.lowWater', () => {
      if (isFull(books, route())) return;
      off();
      resolve();
    });
    books.whenStopped(() => {
      off();
      resolve();
    });
  });
}
