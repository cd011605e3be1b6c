/**
 * Hears of the rejection of what user code has returned where nothing was asked of it: one that nobody handles would end the
 * process. Of any thenable, since a promise may be of another realm or library.
 */
export function onRejection(returned: unknown, heard: (cause: unknown) => void): void {
  if (typeof returned !== 'object' || returned === null) return;
  try {
    const then: unknown = Reflect.get(returned, 'then');
    if (typeof then === 'function') Reflect.apply(then, returned, [undefined, heard]);
  } catch (cause) {
    heard(cause);
  }
}

const ignore = (): void => undefined;

/** The same where there is nobody left to tell: an async logger that fails must no more end the process than one that throws. */
export const containRejection = (returned: unknown): void => onRejection(returned, ignore);
