import { pathToFileURL } from 'node:url';
import {
  type BalancerLink,
  type ErrorManagerPort,
  type FactOfType,
  type Handler,
  type HealthMonitorPort,
  LoadBalancer,
  type PerformanceMonitorPort,
  type ResourceManagerPort,
} from 'plimsoll';
import { seededRandom, VirtualClock } from 'plimsoll/testing';

/**
 * The four managers that a host may already have, each connected to a balancer by its port. All are optional, each method as
 * well; a manager that throws is logged and hurts nobody. The same facts and commands flow as actor messages
 * (`facts.subscribe`, `component.reportHealth`, …) for hosts that are actors.
 *
 * Runs a minute of a virtual clock: `node --import tsx docs/examples/integrations.ts`.
 */
export type Say = (line: string) => void;

/** Knows from elsewhere how components are (a ping, a watchdog), and wants to know what the balancer makes of it. */
export class PingMonitor implements HealthMonitorPort {
  #link: BalancerLink | undefined;
  readonly #say: Say;

  constructor(say: Say) {
    this.#say = say;
  }

  attach(link: BalancerLink): void {
    this.#link = link;
  }

  /** Three bad ones in a row fail the component; it comes back by its probes. */
  pinged(componentId: string, answered: boolean): void {
    this.#link?.reportHealth(componentId, answered, answered ? undefined : 'no answer to a ping');
  }

  statusChanged({ componentId, from, to, reason }: FactOfType<'component.statusChanged'>): void {
    // between Available, Busy and Overloaded it goes up and down all the time
    if (from !== 'Failed' && to !== 'Failed') return;
    this.#say(`health: ${componentId} went from ${from} to ${to} (${reason})`);
  }
}

/** Draws charts, and knows of work that reaches the components without passing the balancer. */
export class Charts implements PerformanceMonitorPort {
  readonly p99s: number[] = [];
  #link: BalancerLink | undefined;

  attach(link: BalancerLink): void {
    this.#link = link;
  }

  /** Counts for the component like its own work: a balancer that did not know would send too much. */
  sawDirectCall(componentId: string, ms: number, ok: boolean): void {
    this.#link?.reportResponseTime(componentId, ms, ok);
  }

  metricsSampled({ metrics }: FactOfType<'metrics.sampled'>): void {
    this.p99s.push(metrics.responseTime.p99Ms);
  }
}

/** Collects what went wrong, by code; wakes somebody for what is critical. */
export class ErrorDesk implements ErrorManagerPort {
  readonly byCode = new Map<string, number>();
  readonly #say: Say;

  constructor(say: Say) {
    this.#say = say;
  }

  errorReported({ severity, code, componentId }: FactOfType<'error.reported'>): void {
    this.byCode.set(code, (this.byCode.get(code) ?? 0) + 1);
    if (severity === 'CRITICAL') this.#say(`errors: wake somebody, ${code} of ${componentId}`);
  }
}

/** Reads what the machine uses, and gives components more of it when the balancer sees too little coming. */
export class Machine implements ResourceManagerPort {
  #link: BalancerLink | undefined;
  readonly #say: Say;

  constructor(say: Say) {
    this.#say = say;
  }

  attach(link: BalancerLink): void {
    this.#link = link;
    link.updateLimits('orders', { cpu: 60 });
  }

  measured(componentId: string, cpu: number): void {
    this.#link?.reportUsage(componentId, { cpu });
  }

  scalingRecommended(fact: FactOfType<'scaling.recommended'>): void {
    this.#say(
      `resources: scale ${fact.direction}, ${Math.round(fact.forecastUtilization * 100)} % of capacity expected`,
    );
    if (fact.direction === 'up') this.#link?.updateLimits('orders', { cpu: 90 });
  }
}

const work =
  (ms: number): Handler =>
  (_, { clock }) =>
    new Promise((resolve) => clock.setTimeout(() => resolve(undefined), ms));

/** A minute in which the load grows until the balancer asks for more, and one component stops answering pings. */
export async function run(say: Say) {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const [health, performance, errors, resources] = [
    new PingMonitor(say),
    new Charts(),
    new ErrorDesk(say),
    new Machine(say),
  ];
  const balancer = await LoadBalancer.start({
    components: [
      { id: 'quotes', priority: 'CRITICAL', maxConcurrentTasks: 4, handler: work(50) },
      { id: 'orders', maxConcurrentTasks: 4, handler: work(50) },
    ],
    integrations: { health, performance, errors, resources },
    optimizationIntervalMs: 10_000,
    clock,
    random: seededRandom(1),
    statePath: null,
    logger: false,
  });
  for (let second = 1; second <= 60; second++) {
    for (let k = 0; k < 2 * second; k++) balancer.submitRequest({ type: 'GENERAL', resources: { cpu: 10 } });
    health.pinged('quotes', second < 20 || second > 30);
    performance.sawDirectCall('orders', 60, true);
    resources.measured('orders', 30);
    await clock.advance(1000);
  }
  const cpuLimit = balancer.getComponentCapacity('orders')?.resources.cpu.limitPercent;
  say(`resources: orders may use ${cpuLimit} % of its cpu`);
  say(`performance: ${performance.p99s.length} samples, the last p99 is ${performance.p99s.at(-1)?.toFixed(0)} ms`);
  const stopped = balancer.stop();
  await clock.advance(5000);
  await stopped;
  return { balancer, errors, performance };
}

// started by name, rather than imported
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await run((line) => console.log(line));
