import { Route, SCAN_LIMIT } from '../fleet/route.ts';
import type { Candidates, FleetView } from './policy.ts';

/** The one list of candidates of a balancer: refilled for each pick, so that a pick allocates nothing. */
export class CandidateList implements Candidates {
  readonly fleet: FleetView;
  readonly list = new Int32Array(SCAN_LIMIT);
  count = 0;
  route: Route = new Route(-1);
  now = 0;
  waiting = 0;
  sampled = false;
  restricted = false;
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

  /** Others are written to the list, or may be: what it has held is not relied on any more. */
  forget(): void {
    this.whole = null;
  }

  has(i: number): boolean {
    for (let k = 0; k < this.count; k++) if (this.list[k] === i) return true;
    return false;
  }

  /** Takes a component off the list; the others keep their order. */
  drop(i: number): void {
    const { list } = this;
    let kept = 0;
    for (let k = 0; k < this.count; k++) if (list[k] !== i) list[kept++] = list[k]!;
    this.count = kept;
  }

  /** Leaves one component only. */
  keepOnly(i: number): void {
    this.list[0] = i;
    this.count = 1;
  }
}
