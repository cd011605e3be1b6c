import type { ChaosSchedule } from './schedule.ts';

/** How long things may take at most, ms: from the largest values that any setting has in the course of a schedule. */
export interface Bounds {
  /** One stay in the queue. */
  readonly waitMs: number;
  /** One attempt of a request that says nothing of its own. */
  readonly attemptMs: number;
  /** A request, from its submission to its end. */
  readonly requestMs: number;
  /** A stop. */
  readonly stopMs: number;
}

/** Of settings that a schedule does not mention. */
const DEFAULTS = { requestTimeoutMs: 30_000, queueTimeoutMs: 30_000, maxRetries: 3, capMs: 10_000 };

export function longest({ settings, steps, store }: ChaosSchedule): Bounds {
  const changes = steps.flatMap(({ action }) => (action.kind === 'config' ? [action.changes] : []));
  const requests = steps.flatMap(({ action }) => (action.kind === 'submit' ? [action.request] : []));
  const most = (key: 'requestTimeoutMs' | 'queueTimeoutMs' | 'maxRetries'): number =>
    Math.max(settings[key] ?? DEFAULTS[key], ...changes.map((change) => change[key] ?? 0));
  const waitMs = most('queueTimeoutMs');
  const attemptMs = most('requestTimeoutMs');
  const timeoutMs = Math.max(attemptMs, ...requests.map((request) => request.timeoutMs ?? 0));
  const retries = Math.max(most('maxRetries'), ...requests.map((request) => request.maxRetries ?? 0));
  const capMs = Math.max(...[settings, ...changes].map((each) => each.retry?.capMs ?? DEFAULTS.capMs));
  const drains = steps.flatMap(({ action }) => (action.kind === 'stop' ? [action.timeoutMs] : []));
  // an attempt and a wait for each retry, each free re-routing, and each free refusal by a provider
  const requestMs = (retries + 3 + 8) * (waitMs + timeoutMs + capMs);
  return { waitMs, attemptMs, requestMs, stopMs: Math.max(1_000, ...drains) + (store?.ms ?? 0) * 2 + 1_000 };
}
