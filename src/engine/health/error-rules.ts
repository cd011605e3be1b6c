import type { ErrorRule, ErrorRules } from '../../domain/component.ts';
import { safeProperty } from '../../lib/unknown-error.ts';
import type { Attempt } from '../../requests/job.ts';
import type { EngineState } from '../state.ts';

/** Whether an error of a handler is held against its component, as far as it is for rules of the user's to say. */
export function isFailure(state: EngineState, attempt: Attempt, error: unknown): boolean {
  return safeProperty(error, 'callerFault') !== true && ask(state, attempt, 'isFailure', error);
}

/**
 * Whether work that may run twice is to be retried after an error. What the error says of itself counts first, and of work that may
 * not run twice it alone decides: a rule for all errors must not move money twice.
 */
export function isRetryable(state: EngineState, attempt: Attempt, error: unknown): boolean {
  const said = safeProperty(error, 'retryable');
  return said !== false && (said === true || ask(state, attempt, 'isRetryable', error));
}

/** Asks the rule of the component, else that of the balancer. Without one, and where it fails, the answer is yes. */
function ask(state: EngineState, { component }: Attempt, name: keyof ErrorRules, error: unknown): boolean {
  const record = state.fleet.records[component];
  const rule: ErrorRule | undefined = record?.spec[name] ?? state.options[name];
  if (rule === undefined) return true;
  try {
    const answer: unknown = rule(error);
    if (typeof answer === 'boolean') return answer;
    // an async rule that rejects must not end the process
    if (answer instanceof Promise) answer.catch(() => {});
    throw new TypeError(`${name} is to return a boolean, and returned a value of type ${typeof answer}`);
  } catch (cause) {
    state.diagnostics.report('WARNING', 'ERROR_RULE_FAILED', record?.id, cause);
    return true;
  }
}
