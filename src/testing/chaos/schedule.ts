import type { AlgorithmName } from '../../domain/algorithm.ts';
import type { ComponentChanges, ComponentSpec } from '../../domain/component.ts';
import type { WorkloadRequest } from '../../domain/request.ts';
import type { BalancerSettings, ConfigChanges } from '../../domain/settings.ts';
import type { ResourceShares } from '../../domain/workload.ts';

/**
 * What a handler does in one attempt. `after` is how long it takes on the virtual clock, ms; 0: it settles (or throws)
 * before the call returns.
 */
export interface Behaviour {
  /** `twice`: a thenable that resolves twice and then rejects. `hang`: never settles of itself. */
  readonly does: 'succeed' | 'fail' | 'hang' | 'twice';
  readonly after: number;
  /**
   * `heeds`: settles as soon as its signal aborts. `watches`: looks at the signal and works on, so that it settles late or
   * is abandoned. `late`: asks for the signal only when it is done. `ignores`: never asks for it.
   */
  readonly signal: 'heeds' | 'watches' | 'late' | 'ignores';
  /** The error says whether a retry makes sense. */
  readonly retryable?: boolean | undefined;
  /** The error says that the provider has refused the work, and when to come again. */
  readonly retryAfterMs?: number | undefined;
  /** The error says that the caller is to blame, not the component. */
  readonly callerFault?: boolean | undefined;
  /**
   * Calls back into the balancer when it begins. `submitLater`: only once its work is done, behind an await; it then waits for
   * what it has submitted, and settles as that does.
   */
  readonly calls?: 'submit' | 'submitLater' | 'cancelItself' | 'failComponent' | 'drainComponent' | 'stop' | undefined;
}

/** A request as a schedule plans it: `deadlineIn` ms from its submission, which may be 0 or less. */
export interface PlannedRequest extends Omit<WorkloadRequest, 'deadline' | 'deadlineInMs' | 'payload' | 'metadata'> {
  readonly deadlineIn?: number | undefined;
}

/** A component as a schedule plans it; its handler does what the requests' behaviours say. */
export interface PlannedComponent extends Omit<ComponentSpec, 'handler' | 'check'> {
  /** Has a health check, whose answers steps of kind `check` decide. */
  readonly checked?: boolean | undefined;
}

/**
 * How a component's handlers behave until the next change, whatever the requests' own behaviours say. `stuck`: they hang, and
 * heed their signals. `repaired`: they do everything at
 * once.
 */
export type ComponentMode = 'healthy' | 'repaired' | 'failing' | 'hanging' | 'stuck' | 'slow' | 'blackHole';

/** What a health check answers until the next change. `lies`: the opposite of what is true of its component. */
export type CheckMode = 'good' | 'bad' | 'throws' | 'slow' | 'hangs' | 'lies';

interface OnComponent {
  /** Place in the order of registration, modulo how many there were; may be one that has left. */
  readonly component: number;
}

/** One thing that happens. Plain data, so that a schedule can be printed, shrunk and kept as a test. */
export type ChaosAction =
  | {
      readonly kind: 'submit';
      /**
       * `message`: as an event with `replyTo`. `inside`: by `execute` from an observer that is called inside a transition.
       * `patient`: by `execute` with `whenFull: 'wait'`.
       */
      readonly via: 'execute' | 'submitRequest' | 'message' | 'inside' | 'patient';
      readonly request: PlannedRequest;
      /** By attempt; the last one goes on for all further ones. */
      readonly attempts: readonly Behaviour[];
    }
  /** So many producers submit such a request at once, each with `whenFull: 'wait'`. */
  | {
      readonly kind: 'producers';
      readonly count: number;
      readonly request: PlannedRequest;
      readonly attempts: readonly Behaviour[];
    }
  /** Something that is no valid request. */
  | { readonly kind: 'submitInvalid'; readonly value: unknown }
  /** Cancels one of the open requests: the `of`-th newest, modulo their number. `bySignal`: through its AbortSignal. */
  | { readonly kind: 'cancel'; readonly of: number; readonly bySignal: boolean }
  | ({ readonly kind: 'drain' | 'resume' | 'fail' | 'recover' } & OnComponent)
  /** The logic of the component's actor throws. */
  | ({ readonly kind: 'crash' } & OnComponent)
  | ({ readonly kind: 'deregister'; readonly force: boolean } & OnComponent)
  | { readonly kind: 'register'; readonly plan: PlannedComponent }
  | ({ readonly kind: 'update'; readonly changes: ComponentChanges } & OnComponent)
  | ({ readonly kind: 'usage'; readonly usage: Partial<ResourceShares> } & OnComponent)
  | ({ readonly kind: 'health'; readonly healthy: boolean } & OnComponent)
  | ({ readonly kind: 'mode'; readonly mode: ComponentMode } & OnComponent)
  | ({ readonly kind: 'check'; readonly mode: CheckMode } & OnComponent)
  | { readonly kind: 'pause' | 'resumeDispatch' }
  | { readonly kind: 'config'; readonly changes: ConfigChanges }
  | { readonly kind: 'algorithm'; readonly algorithm: AlgorithmName }
  /** The clock moves without any timer firing, as when the process was suspended. */
  | { readonly kind: 'jump'; readonly ms: number }
  /** Lets so many turns of the microtask queue pass, so that what follows meets the balancer between two of its effects. */
  | { readonly kind: 'turn'; readonly microtasks: number }
  /** Asks `ready()`, of a type's route or of all. */
  | { readonly kind: 'ready'; readonly type: string | undefined }
  | { readonly kind: 'peek'; readonly request: PlannedRequest }
  | { readonly kind: 'stop'; readonly drain: boolean; readonly timeoutMs: number }
  /** The balancer's actor is stopped from outside, as when a host leaves the invoking state. */
  | { readonly kind: 'kill' };

export interface ChaosStep {
  /** Virtual ms that pass before it; 0: in the same tick as the step before. */
  readonly after: number;
  readonly action: ChaosAction;
}

/** Everything that decides a run. */
export interface ChaosSchedule {
  /** Of the balancer's own random numbers. */
  readonly seed: number | string;
  readonly settings: BalancerSettings;
  readonly components: readonly PlannedComponent[];
  /** Whether anybody listens to the facts: without listeners they are not made, which is another path. */
  readonly observed: boolean;
  /** A store whose calls take so long, ms, and fail or not; none when absent. */
  readonly store?: { readonly ms: number; readonly fails: boolean } | undefined;
  readonly steps: readonly ChaosStep[];
  /**
   * What follows the steps. `heal`: everything works again, and after a while of light work every component has to be
   * operational. Otherwise all open requests must have settled by their own time-outs. Then the balancer is stopped.
   */
  readonly end: {
    readonly heal: boolean;
    readonly stop: 'drain' | 'cancel' | 'kill';
  };
}
