import { PlimsollError } from '../domain/errors.ts';
import type { Outcome } from '../domain/outcome.ts';

/** The outcome that an error stands for. @param admitted the request had been admitted. */
export function outcomeOf(error: unknown, admitted: boolean): Outcome {
  if (!(error instanceof PlimsollError)) return 'failed';
  if (!admitted) return 'rejected';
  switch (error.code) {
    case 'DEADLINE_EXCEEDED':
    case 'REQUEST_TIMEOUT':
      return 'timedOut';
    case 'LOAD_SHED':
      return 'shed';
    case 'REQUEST_CANCELLED':
      return 'cancelled';
    default:
      return 'failed';
  }
}
