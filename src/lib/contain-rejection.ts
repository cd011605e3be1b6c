const ignore = (): void => undefined;

/**
 * Handles the rejection of what a user's port has returned although nothing was asked of it: an async logger that fails must no
 * more end the process than one that throws.
 */
export function containRejection(returned: unknown): void {
  if (typeof returned !== 'object' || returned === null) return;
  try {
    const then: unknown = Reflect.get(returned, 'then');
    if (typeof then === 'function') Reflect.apply(then, returned, [ignore, ignore]);
  } catch {
    // a thenable that throws has nothing to say either
  }
}
