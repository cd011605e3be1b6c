import type { Route } from '../../fleet/route.ts';
import { raiseAlert } from '../events/alerts.ts';
import type { Books } from '../state.ts';

const HIGH = 0.8;
const LOW = 0.5;

/** How much of the queue a route may hold: all of it while it is the only one in use, else `maxRouteShare`. */
export function boundOf(books: Books, route: Route): number {
  for (const other of books.routes.routes) if (other !== route && other.unsettled > 0) return shareOf(books);
  return books.settings.maxQueueSize;
}

/** How much of the queue each route may hold while more than one is in use. */
export const shareOf = ({ settings: { maxQueueSize, maxRouteShare } }: Books): number =>
  Math.max(1, Math.floor(maxQueueSize * maxRouteShare));

/** After work was queued: tells once when the queue, or the route's share of it, has passed its high-water mark. */
export function highWater(books: Books, route: Route): void {
  const { maxQueueSize, maxRouteShare } = books.settings;
  if (!books.highWater && books.queue.size >= maxQueueSize * HIGH) queueRises(books);
  if (!route.highWater && route.queued >= maxQueueSize * maxRouteShare * HIGH) routeRises(books, route);
}

function queueRises(books: Books): void {
  const { maxQueueSize } = books.settings;
  books.highWater = true;
  books.facts.post({ type: 'queue.highWater', queued: books.queue.size, bound: maxQueueSize, route: undefined });
  raiseAlert(
    books,
    'queueNearlyFull',
    'WARNING',
    undefined,
    `The queue holds ${books.queue.size} of ${maxQueueSize} requests.`,
  );
}

function routeRises(books: Books, route: Route): void {
  const bound = boundOf(books, route);
  if (route.queued < bound * HIGH) return;
  route.highWater = true;
  books.facts.post({ type: 'queue.highWater', queued: route.queued, bound, route: typesOf(route) });
}

/** After work has left the queue: tells once when it is down to the low-water mark. */
export function lowWater(books: Books, route: Route): void {
  if (books.highWater || route.highWater) sink(books, route);
}

function sink(books: Books, route: Route): void {
  const { maxQueueSize } = books.settings;
  if (books.highWater && books.queue.size <= maxQueueSize * LOW) {
    books.highWater = false;
    books.facts.post({ type: 'queue.lowWater', queued: books.queue.size, bound: maxQueueSize, route: undefined });
    books.facts.defer(books.relief);
  }
  if (!route.highWater) return;
  const bound = boundOf(books, route);
  if (route.queued > bound * LOW) return;
  route.highWater = false;
  books.facts.post({ type: 'queue.lowWater', queued: route.queued, bound, route: typesOf(route) });
  books.facts.defer(books.relief);
}

/** After the bounds have changed. */
export function reviewWater(books: Books): void {
  for (const route of books.routes.routes) {
    highWater(books, route);
    lowWater(books, route);
  }
}

/** The types that lead to a route, as facts name it. */
export const typesOf = (route: Route): string[] => [...route.kinds].map((kind) => (kind.name === '' ? '*' : kind.name));

/** Whether a producer should wait before it submits more. */
export const isFull = (books: Books, route: Route | undefined): boolean => books.highWater || route?.highWater === true;
