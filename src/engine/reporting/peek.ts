import type { Books } from '../state.ts';
import { requestProblem, type WorkloadRequest } from '../../domain/request.ts';
import { viewOf } from './request-view.ts';

/**
 * Who would take a request now, with copies of what the policies remember and random numbers of its own, so that nothing
 * changes. Nobody does while dispatch is paused or the balancer does not run.
 * @throws InvalidRequestError
 */
export function peek(books: Books, request: WorkloadRequest): string | undefined {
  const problem = requestProblem(request);
  if (problem !== undefined) throw problem;
  if (!books.flowing || books.phase === 'starting' || books.phase === 'stopped') return undefined;
  const view = viewOf(books, request);
  const chosen = books.chooser.peek(view, books.algorithms.policy, books.now(), view.kind.route.queued);
  return books.entries[chosen]?.id;
}
