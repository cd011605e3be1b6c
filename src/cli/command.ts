/** A command of `plimsoll`. @returns the exit code: 0, 1 when it failed, 2 when it was asked wrongly. */
export type Command = (args: readonly string[]) => Promise<number>;

/** The command line itself is wrong: exit code 2. The message says what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
