import type { Random } from '../domain/ports.ts';
import { formatValue } from '../domain/request.ts';
import { containRejection } from '../lib/contain-rejection.ts';
import { type BuiltInPolicy, type FleetCandidates, Pick, type SelectionRequest } from './built-in-policy.ts';
import { CandidatesView, SelectionRequestView } from './candidates-view.ts';
import type { Policy } from './policy.ts';

/** The views of one list of candidates: made once for each list, so that a pick allocates nothing. */
interface Views {
  readonly candidates: CandidatesView;
  readonly request: SelectionRequestView;
}

/**
 * Adapts a user's policy to the interface of the built-in ones. It gets views only, and its answer is checked, since a policy
 * written in JavaScript may answer anything. A wrong answer is thrown as an error.
 */
export class CustomPolicy implements BuiltInPolicy {
  readonly name: string;
  readonly createMemory: () => unknown;
  readonly copyMemory?: (memory: unknown) => unknown;
  private readonly policy: Policy;
  private readonly views = new WeakMap<FleetCandidates, Views>();
  private lastShown: FleetCandidates | null = null;
  private lastViews: Views | null = null;

  constructor(policy: Policy) {
    this.policy = policy;
    this.name = policy.name;
    this.createMemory = () => settled(policy.createMemory?.() ?? {});
    if (policy.copyMemory) this.copyMemory = (memory) => settled(policy.copyMemory?.(memory));
  }

  select(candidates: FleetCandidates, request: SelectionRequest, memory: unknown, random: Random): number {
    const { candidates: shown, request: asked } = this.viewsOf(candidates);
    // it may be called from within itself (by selectComponent): then the views of the outer call are restored
    const outer = CandidatesView.show(shown, request);
    SelectionRequestView.show(asked, request);
    let answer: unknown;
    try {
      answer = this.policy.select(shown, asked, memory, random);
    } finally {
      CandidatesView.show(shown, outer);
      SelectionRequestView.show(asked, outer);
    }
    const { count } = candidates;
    if (answer === Pick.hold) return Pick.hold;
    if (typeof answer === 'number' && Number.isInteger(answer) && answer >= 0 && answer < count) return answer;
    throw new RangeError(`expected a position below ${count} or HOLD, got ${described(answer)}`);
  }

  private viewsOf(candidates: FleetCandidates): Views {
    if (candidates === this.lastShown) return this.lastViews!;
    let views = this.views.get(candidates);
    if (views === undefined) {
      views = { candidates: new CandidatesView(candidates), request: new SelectionRequestView() };
      this.views.set(candidates, views);
    }
    this.lastShown = candidates;
    this.lastViews = views;
    return views;
  }
}

/** Ignores a promise that a policy answered by mistake: if it were rejected unhandled, the process would end. */
function settled(value: unknown): unknown {
  containRejection(value);
  return value;
}

function described(answer: unknown): string {
  return settled(answer) instanceof Promise ? 'a promise: select must answer at once' : formatValue(answer);
}

const BEHIND = new WeakMap<Policy, BuiltInPolicy>();

/**
 * Wraps a built-in policy so that it can be given where users give theirs. For the simulator's oracles, which know what no
 * balancer knows. The balancer unwraps it.
 */
export function asPolicy(policy: BuiltInPolicy): Policy {
  const given: Policy = { name: policy.name, select: () => 0 };
  BEHIND.set(given, policy);
  return given;
}

/** The policy that a balancer uses for what was given as `algorithm`. */
export const builtInOf = (policy: Policy): BuiltInPolicy => BEHIND.get(policy) ?? new CustomPolicy(policy);
