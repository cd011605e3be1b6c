import { type Route, Workload } from './route.ts';

/** Types of which something is remembered by itself at most: a type is a word of the user's, and may be made up for each request. */
const MOST = 500;

/**
 * The types that no component names: all of them lead to whoever serves everything, and each is known by its own times. One that
 * takes long must not make one that is quick look as if it could not be done in time. A type is remembered from its second
 * request on, and the one that was used least lately is forgotten for a newcomer.
 */
export class UnnamedTypes {
  private readonly byName = new Map<string, Workload>();
  private seenOnce = new Set<string>();
  private readonly any: Workload;

  /** @param any stands for all of them: what is not told apart is counted there. */
  constructor(any: Workload) {
    this.any = any;
  }

  of(type: string): Workload {
    const known = this.byName.get(type);
    if (known !== undefined) {
      // the map is in the order of use
      this.byName.delete(type);
      this.byName.set(type, known);
      return known;
    }
    if (this.any.route.members.length === 0 || this.isNew(type)) return this.any;
    if (this.byName.size >= MOST) for (const [oldest] of this.byName) if (this.byName.delete(oldest)) break;
    const workload = new Workload(type, this.any.route, this.any.submitted);
    this.byName.set(type, workload);
    return workload;
  }

  private isNew(type: string): boolean {
    if (this.seenOnce.delete(type)) return false;
    if (this.seenOnce.size >= MOST) this.seenOnce = new Set();
    this.seenOnce.add(type);
    return true;
  }

  /** A component names it from now on. */
  named(type: string): void {
    this.byName.delete(type);
    this.seenOnce.delete(type);
  }

  /** After a change of membership. */
  moveTo(route: Route): void {
    for (const workload of this.byName.values()) workload.route = route;
  }
}
