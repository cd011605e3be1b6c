/** A command of `plimsoll`. @returns the exit code: 0, 1 when it failed, 2 when it was asked wrongly. */
export type Command = (args: readonly string[]) => Promise<number>;
