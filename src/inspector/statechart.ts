/** A statechart, read off the actor's logic. */
export interface Chart {
  readonly id: string;
  readonly root: ChartState;
  readonly edges: readonly ChartEdge[];
}

export interface ChartState {
  /** In dots, without the machine's id; empty for the root. */
  readonly path: string;
  readonly key: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** Key of the initial child. */
  readonly initial?: string | undefined;
  readonly states: readonly ChartState[];
}

export interface ChartEdge {
  readonly from: string;
  /** Undefined: it stays where it is. */
  readonly to: string | undefined;
  readonly event: string;
  readonly guard?: string | undefined;
}
