import type { Random } from '../domain/ports.ts';
import { formatValue } from '../domain/request.ts';
import { type BuiltInPolicy, type FleetCandidates, Pick, type SelectionRequest } from './built-in-policy.ts';
import { CandidatesView, SelectionRequestView } from './candidates-view.ts';
import type { Policy } from './policy.ts';

/** What is shown of one list of candidates: made once for each, so that a pick allocates nothing. */
interface Views {
  readonly candidates: CandidatesView;
  readonly request: SelectionRequestView;
}

/**
 * A user's policy among the built-in ones. It is shown views only, and its answer is read before anybody goes by it: a policy
 * written in JavaScript may answer anything. What it answers wrongly is thrown, as what it throws is.
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
    // what it calls may ask it again (selectComponent): then there are outer ones to go back to
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

/** Nobody waits for a promise here: one that is rejected would end the process. */
function settled(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  try {
    if (value instanceof Promise) Promise.prototype.then.call(value, undefined, () => {});
  } catch {
    // a promise that cannot be listened to
  }
  return value;
}

function described(answer: unknown): string {
  return settled(answer) instanceof Promise ? 'a promise: select must answer at once' : formatValue(answer);
}

const BEHIND = new WeakMap<Policy, BuiltInPolicy>();

/**
 * A built-in policy where users give theirs: for those of the simulator, which know what no balancer knows. The balancer finds
 * the built-in one behind it.
 */
export function asPolicy(policy: BuiltInPolicy): Policy {
  const given: Policy = { name: policy.name, select: () => 0 };
  BEHIND.set(given, policy);
  return given;
}

/** The policy that a balancer asks for what was given as `algorithm`. */
export const builtInOf = (policy: Policy): BuiltInPolicy => BEHIND.get(policy) ?? new CustomPolicy(policy);
