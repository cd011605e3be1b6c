import type { FleetView } from '../fleet/fleet-view.ts';
import { Route, SCAN_LIMIT } from '../fleet/route.ts';
import { Rendezvous } from './affinity.ts';
import type { FleetCandidates } from './built-in-policy.ts';

/** The one list of candidates of a balancer: refilled for each pick, so that a pick allocates nothing. */
export class CandidateList implements FleetCandidates {
  readonly fleet: FleetView;
  readonly list = new Int32Array(SCAN_LIMIT);
  count = 0;
  route: Route = new Route(-1);
  now = 0;
  turn = 0;
  rules = 0;
  waiting = 0;
  sampled = false;
  restricted = false;
  readonly affinity = new Rendezvous();
  readonly held = { component: 0, wait: 0 };
  /** The route whose members, all of them and nobody else, are still in `list`; null where there is none. */
  private whole: Route | null = null;
  private version = 0;

  constructor(fleet: FleetView) {
    this.fleet = fleet;
  }

  /** Lists all members of the route; as a rule the pick before has left them there. */
  takeAll(route: Route): void {
    const { members, version } = route;
    if (this.whole !== route || this.version !== version) {
      for (let k = 0; k < members.length; k++) this.list[k] = members[k]!;
      this.whole = route;
      this.version = version;
    }
    this.count = members.length;
  }

  /** The list may now hold others than all members of a route. */
  forget(): void {
    this.whole = null;
  }

  has(i: number): boolean {
    for (let k = 0; k < this.count; k++) if (this.list[k] === i) return true;
    return false;
  }

  /** Leaves one component only. */
  keepOnly(i: number): void {
    this.list[0] = i;
    this.count = 1;
  }
}
