/** What a mismatch is told by. */
export interface MismatchDetail {
  readonly name: string;
  readonly problems: readonly string[];
  /** The steps taken, one line each; the last is the one that went wrong. */
  readonly steps: readonly string[];
  readonly seed: number;
  readonly mermaid: string;
}

/** The real system did not do what the model says. The message has the path, the seed, and a Mermaid sequence diagram. */
export class FailoverMismatchError extends Error {
  override readonly name = 'FailoverMismatchError';
  readonly code = 'FAILOVER_MISMATCH';
  readonly detail: MismatchDetail;

  constructor(detail: MismatchDetail) {
    const { name, problems, steps, seed, mermaid } = detail;
    const listed = steps.map((step, k) => `  ${k === steps.length - 1 ? '✗' : ' '} ${String(k).padStart(2)}. ${step}`);
    super(
      [
        `${name} (seed ${seed}): the system does not follow the model.`,
        ...problems.map((problem) => `  - ${problem}`),
        'Path:',
        ...listed,
        'What happened, as a Mermaid sequence diagram:',
        '```mermaid',
        mermaid,
        '```',
      ].join('\n'),
    );
    this.detail = detail;
  }
}
