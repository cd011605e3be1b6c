import type { BalancerOutput } from '../../src/domain/balancer.ts';
import type { BalancerRef } from './balancer-ref.ts';

/**
 * Stops a balancer: refuses new work, waits for what is open (or cancels it), saves the state.
 *
 * For a host that crashes above all: XState does not stop its children then, so the balancer would go on. Call it in the
 * host's error observer: `host.subscribe({ error: () => void stopBalancer(balancer, { drain: false }) })`.
 *
 * @param options `drain`: wait for open requests (default true); `timeoutMs`: for how long before they are cancelled, on the
 * balancer's clock (default 30,000).
 * @returns resolves once it has stopped, to its output; to `undefined` when somebody else stopped it from outside, or it
 * never ran. Never rejects.
 */
export function stopBalancer(
  ref: BalancerRef,
  options: { readonly drain?: boolean; readonly timeoutMs?: number } = {},
): Promise<BalancerOutput | undefined> {
  return new Promise((resolve) => {
    const end = (): void => resolve(ref.getSnapshot().output);
    if (ref.getSnapshot().status !== 'active') {
      end();
      return;
    }
    ref.subscribe({ error: end, complete: end });
    ref.send({ type: 'balancer.stop', ...options });
  });
}
