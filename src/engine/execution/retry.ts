import type { PlimsollError } from '../../domain/errors.ts';
import { type Attempt, type Job, JobState } from '../../requests/job.ts';
import { retryDelay } from '../../requests/retry-budget.ts';
import { componentIdOf, requestFact } from '../events/request-events.ts';
import { hasUntried, isNobodysFault } from '../health/blame.ts';
import type { EngineState } from '../state.ts';

/** Why a request is not tried again. */
export type NoRetry = 'notRetryable' | 'nobodyCan' | 'attemptsExhausted' | 'retryBudget' | 'deadline';

export const ADVICE: Readonly<Record<NoRetry, string>> = {
  notRetryable: 'It was not retried because it may not run twice; see the cause.',
  nobodyCan: 'It failed on each component that could try it, so that nobody can do it; see the cause.',
  attemptsExhausted: 'All its retries are used up; see the cause.',
  retryBudget: 'It was not retried because too many requests of its route are being retried already; see the cause.',
  deadline: 'There was no time left for another attempt; see the cause.',
};

/**
 * Puts a job aside until its backoff is over.
 * @param describe the attempt's end as an error, for whoever watches.
 * @param cause what the handler failed with; undefined: that error.
 * @returns undefined when it will be retried, else why not.
 */
export function retry(
  state: EngineState,
  job: Job,
  attempt: Attempt,
  describe: () => PlimsollError,
  reason: 'failed' | 'timedOut',
  t: number,
  cause?: unknown,
): NoRetry | undefined {
  const { retry: backoff } = state.settings;
  if (job.retries >= job.maxRetries) return 'attemptsExhausted';
  if (isNobodysFault(job) && !hasUntried(state, job)) return 'nobodyCan';
  const delayMs = retryDelay(job.retries + 1, backoff.baseMs, backoff.capMs, state.random);
  if (t + delayMs >= job.deadline) return 'deadline';
  if (!state.requests.retryBudgets.of(job.workload.route).tryWithdraw(t)) return 'retryBudget';
  job.retries++;
  job.lastFailed = attempt.component;
  job.lastError = cause ?? describe();
  job.current = null;
  state.requests.counters.retried++;
  state.requests.tallies.tryAgain(reason);
  state.requests.jobs.enter(job, JobState.awaitingRetry);
  state.scheduler.schedule(job, t + delayMs);
  if (state.events.isObserved('request.retrying')) {
    state.events.publish({
      type: 'request.retrying',
      ...requestFact(state, job),
      attempt: attempt.number,
      delayMs,
      componentId: componentIdOf(state, attempt.component) ?? '',
      error: describe(),
    });
  }
  return undefined;
}
