import { Route, SCAN_LIMIT } from '../ledgers/route.ts';
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
  narrowed = false;

  constructor(fleet: FleetView) {
    this.fleet = fleet;
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
