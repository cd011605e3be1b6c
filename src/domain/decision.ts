import type { Priority } from './priority.ts';
import type { WorkloadType } from './workload.ts';

/** What was thought of one component that serves the request. */
export interface DecisionCandidate {
  readonly componentId: string;
  /**
   * Why it was no candidate; undefined for candidates. `excluded` by the request, `status`, `full`, `resources`, `failedThere`
   * (a retry avoids it), `overloaded` (for LOW and MINIMAL), `notPreferred`, `notAffine`.
   */
  readonly exclusion: string | undefined;
  /** Expected cost in mean service times of the type: `svc/p · max(1, (in-flight + 1)/slots)`. Not every algorithm goes by it. */
  readonly expectedCost: number;
  readonly slotsTaken: number;
  readonly slots: number;
}

/** One decision of dispatch: who was asked, what was answered. */
export interface Decision {
  readonly requestId: string;
  readonly workload: WorkloadType;
  readonly priority: Priority;
  /** Epoch ms of the balancer's clock. */
  readonly at: number;
  /** The attempt that it was for, 1 for the first. */
  readonly attempt: number;
  readonly algorithm: string;
  /** Of adaptive: the strategy it followed for this priority. */
  readonly strategy: string | undefined;
  /** undefined: held, it preferred to wait for a component that is full now. */
  readonly chosen: string | undefined;
  readonly probe: boolean;
  readonly candidates: readonly DecisionCandidate[];
  /** Jobs that waited behind it for the same route. */
  readonly waiting: number;
}
