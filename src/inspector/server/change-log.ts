import type { Fact, FailureCause } from '../../domain/events.ts';
import type { BalancerRegions } from '../../domain/metrics.ts';
import { RingBuffer } from '../../lib/ring-buffer.ts';
import { failureText } from '../../lib/unknown-error.ts';
import type { Inspectable } from '../../load-balancer/inspectable.ts';
import type { Alert, AuditEntry, Change } from '../protocol.ts';
import { isBand } from '../view-state.ts';

/** Changes of other things than load that are kept beyond the latest changes. */
const MAX_CONTROL = 500;

type Described = Omit<Change, 'seq' | 'at'>;

/** Facts that are heard all the time: what changes, never what merely happens to a request. */
const HEARD = [
  'component.statusChanged',
  'component.stateChanged',
  'component.resting',
  'component.registered',
  'component.deregistered',
  'command.refused',
  'failover.started',
  'failover.completed',
  'route.down',
  'route.restored',
  'pressure.changed',
  'queue.highWater',
  'queue.lowWater',
  'algorithm.switched',
  'strategy.changed',
  'weights.adjusted',
  'scaling.recommended',
  'error.reported',
  'state.saved',
] as const;

type Heard = Extract<Fact, { type: (typeof HEARD)[number] }>;

/** Changes and alerts of a balancer, and what was done to it from here; kept whether or not somebody looks. */
export class ChangeLog {
  readonly changes = new RingBuffer<Change>(2_000);
  /** Changes that are rarer than those of load, which would carry them out of the log within seconds. */
  private control: Change[] = [];
  readonly alerts = new RingBuffer<Alert>(200);
  readonly audit = new RingBuffer<AuditEntry>(500);
  private readonly now: () => number;
  private readonly off: (() => void)[] = [];
  private readonly statusSince = new Map<string, number>();
  private regions: BalancerRegions | undefined;

  /** @param now epoch ms of the balancer's clock. */
  constructor(balancer: Inspectable, now: () => number) {
    this.now = now;
    for (const type of HEARD) this.off.push(balancer.on(type, (fact) => this.note(describe(fact))));
    this.off.push(
      balancer.on('component.statusChanged', ({ componentId }) => this.statusSince.set(componentId, this.now())),
      balancer.on('component.deregistered', ({ componentId }) => this.statusSince.delete(componentId)),
      balancer.on('alert.raised', ({ kind, severity, componentId, message, suppressed }) =>
        this.alerts.add((seq) => ({ seq, at: this.now(), kind, severity, componentId, message, suppressed })),
      ),
    );
  }

  /** Phase and dispatch have no fact of their own; what a frame finds changed is a change too. */
  compare(regions: BalancerRegions): void {
    const before = this.regions;
    this.regions = regions;
    if (before === undefined) return;
    for (const region of ['phase', 'dispatch', 'failover'] as const) {
      if (before[region] === regions[region]) continue;
      this.note({
        type: 'region.changed',
        actor: 'balancer',
        from: `${region}: ${before[region]}`,
        to: `${region}: ${regions[region]}`,
      });
    }
  }

  /** When a component entered its status, if that was seen. */
  statusSinceOf(componentId: string): number | undefined {
    return this.statusSince.get(componentId);
  }

  /** For who comes now: the latest changes, and those before them that are more than a change of load. */
  recent(most: number): readonly Change[] {
    const latest = this.changes.after(0, most);
    const first = latest[0]?.seq ?? 0;
    const before = this.control.filter(({ seq }) => seq < first);
    return [...before.slice(-MAX_CONTROL), ...latest];
  }

  close(): void {
    for (const off of this.off) off();
  }

  private note(told: Described): void {
    this.changes.add((seq) => {
      const change = { seq, at: this.now(), ...told };
      if (!isBand(change)) this.control.push(change);
      return change;
    });
    if (this.control.length >= 2 * MAX_CONTROL) this.control = this.control.slice(-MAX_CONTROL);
  }
}

const because = (cause: FailureCause | undefined): string => (cause === undefined ? '' : `; ${failureText(cause)}`);

const component = (id: string): string => `component:${id}`;

/** A fact as a line; never its payloads. */
function describe(fact: Heard): Described {
  const { type } = fact;
  switch (fact.type) {
    case 'component.statusChanged':
      return {
        type,
        actor: component(fact.componentId),
        from: fact.from,
        to: fact.to,
        detail: `${fact.state}: ${fact.reason}${because(fact.cause)}`,
      };
    case 'component.stateChanged':
      return { type, actor: component(fact.componentId), from: fact.from, to: fact.to, detail: fact.reason };
    case 'component.resting':
      return { type, actor: component(fact.componentId), detail: fact.reason };
    case 'component.registered':
    case 'component.deregistered':
      return { type, actor: component(fact.componentId) };
    case 'command.refused':
      return {
        type,
        actor: fact.componentId === undefined ? 'balancer' : component(fact.componentId),
        detail: `${fact.command} refused (${fact.state}): ${fact.reason}`,
      };
    case 'failover.started':
      return {
        type,
        actor: component(fact.componentId),
        detail: `${fact.rerouted} rerouted, ${fact.awaiting} awaited; ${fact.reason}${because(fact.cause)}`,
      };
    case 'failover.completed':
      return { type, actor: component(fact.componentId), detail: `after ${Math.round(fact.durationMs)} ms` };
    case 'route.down':
    case 'route.restored':
      return { type, actor: 'balancer', detail: fact.route.join(', ') };
    case 'pressure.changed':
      return {
        type,
        actor: 'balancer',
        from: `pressure: ${fact.from}`,
        to: `pressure: ${fact.to}`,
        detail: `load ${Math.round(fact.utilization * 100)} %`,
      };
    case 'queue.highWater':
    case 'queue.lowWater':
      return { type, actor: 'balancer', detail: `${fact.queued} of ${fact.bound} queued${routeOf(fact.route)}` };
    case 'algorithm.switched':
      return { type, actor: 'balancer', from: fact.from, to: fact.to };
    case 'strategy.changed':
      return { type, actor: 'balancer', from: fact.from, to: fact.to, detail: fact.priority };
    case 'weights.adjusted':
      return { type, actor: 'balancer', detail: `${Object.keys(fact.weights).length} components` };
    case 'scaling.recommended':
      return {
        type,
        actor: 'balancer',
        detail: `${fact.direction}: ${Math.round(fact.forecastUtilization * 100)} % expected`,
      };
    case 'error.reported':
      return {
        type,
        actor: fact.componentId === undefined ? 'balancer' : component(fact.componentId),
        detail: `${fact.severity} ${fact.code}`,
      };
    case 'state.saved':
      return { type, actor: 'balancer' };
  }
}

const routeOf = (route: readonly string[] | undefined): string =>
  route === undefined || route.length === 0 ? '' : ` for ${route.join(', ')}`;
