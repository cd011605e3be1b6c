import { expect } from 'vitest';

/** `expect(actual).toBe(expected)` for loops of many thousands: vitest is only asked to say what differs. */
export function expectSame<T>(actual: T, expected: T): void {
  if (!Object.is(actual, expected)) expect(actual).toBe(expected);
}
