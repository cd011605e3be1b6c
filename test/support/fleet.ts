import { type ComponentSpec, componentSpecSchema } from '../../src/domain/component.ts';
import { parseSettings } from '../../src/domain/config.ts';
import type { Random } from '../../src/domain/ports.ts';
import { ComponentTable, ServingState } from '../../src/fleet/component-table.ts';
import type { FleetView } from '../../src/fleet/fleet-view.ts';
import { PerformanceStats } from '../../src/fleet/performance-stats.ts';
import { limitsOf } from '../../src/domain/rate-limit.ts';
import { RateLimits } from '../../src/fleet/rate-limits.ts';
import { ResourceUsage } from '../../src/fleet/resource-usage.ts';
import type { Route, Workload } from '../../src/fleet/route.ts';
import { RouteTable } from '../../src/fleet/route-table.ts';
import { SlowStart } from '../../src/fleet/slow-start.ts';
import type { SelectionRequest } from '../../src/selection/built-in-policy.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';

/** The tables of a balancer without the balancer: components are operational at once. */
export class Fleet implements FleetView {
  readonly components: ComponentTable;
  readonly performance = new PerformanceStats();
  readonly resources = new ResourceUsage();
  readonly rateLimits = new RateLimits();
  readonly slowStart: SlowStart;
  readonly routes: RouteTable;
  readonly random: Random;

  constructor(random: Random = seededRandom(1)) {
    this.random = random;
    this.components = new ComponentTable(
      { onFreeChanged: (i, open) => this.routes.onFreeChanged(i, open) },
      parseSettings({}),
    );
    this.slowStart = new SlowStart(this.components, this.performance, random);
    this.routes = new RouteTable(this.components, random);
  }

  add(spec: Partial<ComponentSpec> = {}): number {
    const id = spec.id ?? `c${this.components.high}`;
    const resolved = componentSpecSchema.parse({ handler: () => undefined, ...spec, id });
    const i = this.components.add(resolved);
    this.performance.reset(i);
    this.resources.reset(i, resolved.limits);
    this.rateLimits.set(i, limitsOf(resolved.rateLimit));
    this.routes.add(i, resolved.serves);
    this.components.setServingState(i, ServingState.operational);
    return i;
  }

  /** As many of one kind. */
  addMany(count: number, spec: Omit<Partial<ComponentSpec>, 'id'> = {}): number[] {
    return Array.from({ length: count }, () => this.add(spec));
  }

  remove(i: number): void {
    this.routes.remove(i);
    this.components.remove(i);
  }

  take(i: number, slots = 1): void {
    for (let k = 0; k < slots; k++) this.components.take(i);
  }

  release(i: number, slots = 1): void {
    for (let k = 0; k < slots; k++) this.components.release(i);
  }

  /** Fills all slots that a component has free. */
  fill(i: number): void {
    this.take(i, Math.max(0, this.components.free[i]!));
  }

  /** Executions that finish at t, each of them `relative` times as long as its type's mean. */
  finish(i: number, t: number, relative: number, count = 1, ok = true): void {
    for (let k = 0; k < count; k++) this.performance.recordExecution(i, t, relative * 100, relative, ok);
  }

  kind(type = 'GENERAL'): Workload {
    return this.routes.workloadOf(type);
  }

  route(type = 'GENERAL'): Route {
    return this.kind(type).route;
  }

  request(changes: Partial<SelectionRequest> = {}): SelectionRequest {
    const type = changes.type ?? 'GENERAL';
    return {
      type,
      cls: 2,
      demand: null,
      workload: this.kind(type),
      excluded: null,
      preferred: null,
      affinityKey: undefined,
      idempotent: true,
      mayHaveRun: false,
      cost: 1,
      lastFailed: -1,
      submittedAt: 0,
      deadline: Number.POSITIVE_INFINITY,
      ...changes,
    };
  }
}

/** Draws a script of numbers in a loop. */
export function scripted(...numbers: readonly number[]): Random {
  let at = 0;
  return () => numbers[at++ % numbers.length]!;
}
