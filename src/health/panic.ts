/** Panic begins when less than this share of the slots that are not in maintenance is operational… */
export const PANIC_ON = 0.5;
/** …and ends at this share: the gap keeps one flapping component from switching it to and fro. */
export const PANIC_OFF = 0.6;

/**
 * Whether the balancer is in panic (after Envoy's panic threshold, there without hysteresis).
 *
 * @param panic whether it was so far.
 * @param operationalSlots configured slots of operational components.
 * @param countedSlots configured slots of components that are not in maintenance; with 0 there is nothing to panic over.
 */
export function isPanic(panic: boolean, operationalSlots: number, countedSlots: number): boolean {
  if (countedSlots === 0) return false;
  return operationalSlots / countedSlots < (panic ? PANIC_OFF : PANIC_ON);
}
