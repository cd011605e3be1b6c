import type { Clock } from '../../domain/ports.ts';

/**
 * The time of `Date` and the timers of the global object, both looked up at each call: what fake timers (`vi.useFakeTimers()`,
 * Jest's, sinon's, `mock.timers` of `node:test`) put in their place moves a balancer that has this clock. For tests:
 * without fake timers it follows each step of the system's time, which the default clock does not.
 */
export const mockableClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, ms) => globalThis.setTimeout(callback, Math.ceil(ms)),
  clearTimeout: (id) => globalThis.clearTimeout(id as NodeJS.Timeout | undefined),
};
