/** What went wrong with a call, as its body. */
export interface Problem {
  readonly error: string;
  readonly message: string;
  readonly actual?: string | undefined;
}
