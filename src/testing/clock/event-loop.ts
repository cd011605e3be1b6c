import process from 'node:process';
import { setImmediate } from 'node:timers';

// Taken at load, so that fake timers installed by a test runner do not stop a simulation.
const { nextTick } = process;

/**
 * Calls back once no promise job is left, however long the chains in it: a `nextTick` that is queued from within a
 * promise job runs when the microtask queue is empty (0.2 µs; see VirtualClock, which does it twice).
 */
export function onceAtRest(callback: () => void): void {
  queueMicrotask(() => nextTick(callback));
}

/** Calls back after a turn of the event loop, so that I/O and signals get through. */
export function afterTurn(callback: () => void): void {
  setImmediate(callback);
}
