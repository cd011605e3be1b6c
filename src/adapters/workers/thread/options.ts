/** How many threads there are. */
interface ThreadCounts {
  /** Threads that are kept, also when idle. Range: integers, 1 and up. */
  readonly min: number;
  /** Threads at most. Range: integers, `min` and up. */
  readonly max: number;
}

/** How the threads of a `threadWorker` are made and ended. */
export interface ThreadWorkerOptions {
  /** Threads at least and at most, 1 and up. Default: one less than the machine has cores, at least 1; all from the start. */
  readonly threads?: number | ThreadCounts;
  /** How long a thread above the minimum may idle, ms. Default 10,000. */
  readonly idleTimeoutMs?: number;
  /** Which export of the file does the work. Default: its default export. */
  readonly exportName?: string;
  /**
   * Whether an abort (time-out, cancel, failover, stop) kills the thread that runs the task, which is the only way to end
   * work that does not look up; a new thread takes its place, after it has loaded the file. With false a task that a thread has got runs on to
   * its end, and frees its slot then or after `abortGraceMs`: better for work that is much shorter than loading. Default true.
   */
  readonly killOnAbort?: boolean;
  /** How long `close` waits for running tasks, ms. Default 5,000. */
  readonly closeTimeoutMs?: number;
  /** Limits of each thread, as for `node:worker_threads`; one that exceeds them ends. Default: Node's. */
  readonly resourceLimits?: {
    /** Its main heap, MB. Default: Node's. */
    readonly maxOldGenerationSizeMb?: number;
    /** Its stack, MB. Default: Node's, 4. */
    readonly stackSizeMb?: number;
  };
}
