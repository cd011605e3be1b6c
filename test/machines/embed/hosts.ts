import type { ComponentSpec, Handler } from '../../../src/domain/component.ts';
import type { BalancerInput } from '../../../src/load-balancer/options.ts';
import type { VirtualClock } from '../../../src/testing/clock/virtual-clock.ts';
import { seededRandom } from '../../../src/testing/seeded-random.ts';

/** Waits on the balancer's clock for as long as the payload says (ms; Infinity: until aborted), then returns it. */
export const working: Handler = ({ payload }, { clock, signal }) =>
  new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => resolve(payload), typeof payload === 'number' ? payload : 0);
    signal.addEventListener('abort', () => {
      clock.clearTimeout(timer);
      reject(signal.reason);
    });
  });

export const component = (id: string, more: Partial<ComponentSpec> = {}): ComponentSpec => ({
  id,
  handler: working,
  ...more,
});

/** Input of a balancer that takes its clock from the actor system that it is put in. */
export const input = (changes: Partial<BalancerInput> = {}): BalancerInput => ({
  components: [component('a'), component('b')],
  random: seededRandom(1),
  logger: false,
  retry: { baseMs: 10, capMs: 10 },
  ...changes,
});

/** A clock of XState that is no clock of plimsoll's: it cannot tell the time. */
export const timersOnly = (clock: VirtualClock) => ({
  setTimeout: (callback: () => void, ms: number) => clock.setTimeout(callback, ms),
  clearTimeout: (id: unknown) => clock.clearTimeout(id),
});
