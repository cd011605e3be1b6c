/** Something that runs once the present transition has returned: user code, or what may call back in. */
export interface Effect {
  /** What it returns does not count, unless it is a promise that is rejected. */
  run(): unknown;
}
