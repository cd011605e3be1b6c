import type { Random } from '../domain/ports.ts';
import type { ComponentTable } from './component-table.ts';
import { Route, Workload } from './route.ts';
import { UnnamedTypes } from './unnamed-types.ts';

/** Name of the kind for all types that no component names; only components that serve everything take them. */
const ANY = '';

/**
 * Which components serve which types. Types are grouped into routes by equal sets of components; a change of
 * membership costs O(types), and O(components) only when it splits or joins a group.
 */
export class RouteTable {
  readonly routes = new Set<Route>();
  /** Told of each route whose queue sleeps and where a slot has become free, or a probe is wanted. */
  onWoken: (route: Route) => void = () => {};
  private readonly kinds = new Map<string, Workload>();
  private readonly any: Workload;
  private readonly unnamed: UnnamedTypes;
  /** The type asked for last, and its kind: as a rule the next request is of the same one. */
  private lastType: string | undefined = undefined;
  private lastKind: Workload;
  private readonly byHash = new Map<number, Route>();
  private readonly served: (readonly string[] | undefined)[] = [];
  private readonly routesOf: Route[][] = [];
  private nextRoute = 0;
  private readonly table: ComponentTable;
  private readonly random: Random;
  constructor(table: ComponentTable, random: Random) {
    this.table = table;
    this.random = random;
    const route = this.create(0);
    this.any = new Workload(ANY, route);
    route.workloads.add(this.any);
    this.kinds.set(ANY, this.any);
    this.unnamed = new UnnamedTypes(this.any);
    this.lastKind = this.any;
  }

  workloadOf(type: string): Workload {
    if (type === this.lastType) return this.lastKind;
    this.lastKind = this.kinds.get(type) ?? this.unnamed.of(type);
    this.lastType = type;
    return this.lastKind;
  }

  /** What is known of each type that a component has named, and, without a name, of all others. */
  get workloads(): Iterable<Workload> {
    return this.kinds.values();
  }

  /** The landmark of decayed sums has moved. */
  rescale(by: number): void {
    for (const { health } of this.routes) health.rescale(by);
  }

  /** Routes that a component is a member of. */
  routesOfComponent(i: number): readonly Route[] {
    return this.routesOf[i] ?? [];
  }

  onFreeChanged(i: number, open: boolean): void {
    const routes = this.routesOf[i];
    if (routes === undefined) return;
    for (let k = 0; k < routes.length; k++) {
      const route = routes[k]!;
      route.onFreeChanged(i, open);
      if (open && route.sleeping > 0) this.onWoken(route);
    }
  }

  /** A component wants one of its routes' requests as a probe. */
  onProbeWanted(i: number): void {
    for (const route of this.routesOfComponent(i)) if (route.sleeping > 0) this.onWoken(route);
  }

  add(i: number, serves: readonly string[] | undefined): void {
    this.served[i] = serves;
    this.routesOf[i] = [];
    if (serves !== undefined) for (const name of serves) this.nameKind(name);
    this.move(i, serves === undefined ? [...this.kinds.values()] : serves.map((name) => this.kinds.get(name)!));
  }

  remove(i: number): void {
    const serves = this.served[i];
    this.served[i] = undefined;
    this.move(
      i,
      serves === undefined ? [...this.kinds.values()] : [...new Set(serves)].map((name) => this.kinds.get(name)!),
    );
    this.routesOf[i] = [];
  }

  private nameKind(name: string): void {
    if (this.kinds.has(name)) return;
    this.unnamed.named(name);
    const workload = new Workload(name, this.any.route);
    workload.hashHigh = this.any.hashHigh;
    workload.hashLow = this.any.hashLow;
    this.any.route.workloads.add(workload);
    this.kinds.set(name, workload);
    this.lastType = undefined;
  }

  /** Adds or removes i for each of the kinds (a Zobrist hash is its own inverse), then regroups. */
  private move(i: number, given: readonly Workload[]): void {
    this.table.version++;
    const kinds = new Set(given);
    const high = mix(i * 2 + 1);
    const low = mix(i * 2 + 2);
    const affected = new Map<Route, Workload[]>();
    for (const workload of kinds) {
      workload.hashHigh ^= high;
      workload.hashLow ^= low;
      const list = affected.get(workload.route);
      if (list === undefined) affected.set(workload.route, [workload]);
      else list.push(workload);
    }
    for (const [route, moved] of affected) {
      const target = this.byHash.get(moved[0]!.hash);
      if (target === undefined && moved.length === route.workloads.size) this.changeInPlace(route, i, moved[0]!.hash);
      else this.regroup(route, i, moved, target);
    }
    this.unnamed.moveTo(this.any.route);
    this.lastType = undefined;
  }

  private changeInPlace(route: Route, i: number, hash: number): void {
    for (const [key, value] of this.byHash) if (value === route) this.byHash.delete(key);
    this.byHash.set(hash, route);
    if (route.has(i)) this.leave(route, i);
    else this.join(route, i);
  }

  private regroup(from: Route, i: number, moved: readonly Workload[], existing: Route | undefined): void {
    let target = existing;
    if (target === undefined) {
      target = this.create(moved[0]!.hash);
      for (const member of from.members) if (member !== i) this.join(target, member);
      if (!from.has(i)) this.join(target, i);
    }
    for (const workload of moved) {
      from.workloads.delete(workload);
      target.workloads.add(workload);
      workload.route = target;
    }
    if (from.workloads.size === 0) this.dissolve(from);
  }

  private join(route: Route, i: number): void {
    route.add(i, this.table, this.random);
    const list = this.routesOf[i]!;
    list.push(route);
    if (list.length === 2) list[0]!.sharedMembers++;
    if (list.length >= 2) route.sharedMembers++;
  }

  private leave(route: Route, i: number): void {
    route.remove(i, this.table);
    const list = this.routesOf[i]!;
    const at = list.indexOf(route);
    if (at < 0) return;
    list.splice(at, 1);
    if (list.length >= 1) route.sharedMembers--;
    if (list.length === 1) list[0]!.sharedMembers--;
  }

  private create(hash: number): Route {
    const route = new Route(this.nextRoute++);
    this.routes.add(route);
    this.byHash.set(hash, route);
    return route;
  }

  private dissolve(route: Route): void {
    for (const member of [...route.members]) this.leave(route, member);
    this.routes.delete(route);
    for (const [key, value] of this.byHash) if (value === route) this.byHash.delete(key);
  }
}

/** Well-mixed 32 bits of an integer (the finalizer of MurmurHash3). */
function mix(n: number): number {
  let h = n | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
