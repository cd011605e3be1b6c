import { expect, onTestFinished } from 'vitest';
import { stateOrThrow } from '../../machines/embed/balancer-ref.ts';
import { countsOf } from '../../src/engine/reporting/metrics.ts';
import type { EngineState } from '../../src/engine/state.ts';
import {
  type ComponentSpec,
  conservationError,
  type Fact,
  type FactOfType,
  type FactType,
  isTerminal,
  LoadBalancer,
  type Logger,
  OUTCOMES,
  type PlimsollError,
  type Policy,
  type WorkloadRequest,
} from '../../src/index.ts';
import type { LoadBalancerConfig } from '../../src/load-balancer/options.ts';
import { seededRandom, VirtualClock } from '../../src/testing.ts';

/** A request that a test waits for: what it came to, once it has come to something. */
export interface Tracked {
  readonly promise: Promise<unknown>;
  /** Undefined while it is open. */
  readonly outcome: 'resolved' | 'rejected' | undefined;
  readonly value: unknown;
  /** The typed error that it was rejected with. */
  readonly error: PlimsollError | undefined;
}

class Tracker implements Tracked {
  readonly promise: Promise<unknown>;
  outcome: 'resolved' | 'rejected' | undefined = undefined;
  value: unknown = undefined;
  error: PlimsollError | undefined = undefined;

  constructor(promise: Promise<unknown>) {
    this.promise = promise.then(
      (value) => {
        this.outcome = 'resolved';
        this.value = value;
      },
      (error) => {
        this.outcome = 'rejected';
        this.error = error;
      },
    );
  }
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** A logger that keeps its lines. */
export function keptLog(lines: LogLine[] = []): Logger & { readonly lines: LogLine[] } {
  const at =
    (level: LogLine['level']) =>
    (fields: object, message = ''): void => {
      lines.push({ level, fields, message });
    };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export interface RigConfig extends Omit<LoadBalancerConfig, 'clock'> {
  readonly clock?: VirtualClock;
  /** Do not start it. */
  readonly idle?: boolean;
  /** Defects of plimsoll's own that the test provokes on purpose. */
  readonly expectDefects?: boolean;
}

/**
 * A balancer on a virtual clock. After each event that reaches it the law of conservation is checked, and at the end of
 * the test that no request was told of two ends, and that nothing went wrong inside.
 */
export class Rig {
  readonly balancer: LoadBalancer;
  readonly state: EngineState;
  readonly clock: VirtualClock;
  readonly facts: Fact[] = [];
  readonly log = keptLog();
  private readonly violations: string[] = [];
  private readonly ends = new Map<string, number>();

  constructor(config: RigConfig) {
    const { clock = new VirtualClock(1_000_000), idle, expectDefects, ...rest } = config;
    this.clock = clock;
    this.balancer = new LoadBalancer({
      random: seededRandom(7),
      statePath: null,
      logger: this.log,
      algorithm: 'least-connections',
      ...rest,
      clock,
    });
    this.state = stateOrThrow(this.balancer.actor);
    this.balancer.on('*', (fact) => this.hear(fact));
    this.balancer.actor.subscribe({ next: () => this.check(), error: (error) => this.violations.push(String(error)) });
    onTestFinished(async () => {
      const stopped = this.balancer.stop({ drain: false });
      // a store that hangs is waited for
      for (let k = 0; k < 3 && !this.hasStopped; k++) await this.advance(10_000);
      await stopped;
      this.check();
      const defects = this.of('error.reported').filter(({ code }) => code === 'INTERNAL_DEFECT');
      if (expectDefects !== true) expect(defects).toEqual([]);
      expect(this.violations).toEqual([]);
    });
  }

  /** Makes one and starts it. */
  static async start(config: RigConfig): Promise<Rig> {
    const rig = new Rig(config);
    await rig.balancer.start();
    return rig;
  }

  /** The facts of a type, so far. */
  of<T extends FactType>(type: T): FactOfType<T>[] {
    return this.facts.filter((fact): fact is FactOfType<T> => fact.type === type);
  }

  execute(request: Partial<WorkloadRequest> = {}, options?: { readonly signal?: AbortSignal }): Tracked {
    return new Tracker(this.balancer.execute({ type: 'GENERAL', ...request }, options));
  }

  executeMany(count: number, request: Partial<WorkloadRequest> = {}): Tracked[] {
    return Array.from({ length: count }, () => this.execute(request));
  }

  /** Lets time pass; 0: lets what can happen now happen. */
  async advance(ms = 0): Promise<void> {
    await this.clock.advance(ms);
  }

  get counts(): ReturnType<LoadBalancer['getLoadBalancingMetrics']>['requests'] {
    return this.balancer.getLoadBalancingMetrics().requests;
  }

  get hasStopped(): boolean {
    return this.state.mode.phase === 'stopped';
  }

  /** State of a component in dots. */
  stateOf(componentId: string): string | undefined {
    return this.balancer.getComponentCapacity(componentId)?.state;
  }

  private hear(fact: Fact): void {
    this.facts.push(fact);
    if (!isTerminal(fact) || fact.type === 'request.rejected') return;
    // a given id may be used again once its request has settled; the generated ones, which have a dot, are unique
    if (!fact.requestId.includes('.')) return;
    const times = (this.ends.get(fact.requestId) ?? 0) + 1;
    this.ends.set(fact.requestId, times);
    if (times > 1) this.violations.push(`${fact.requestId} ended ${times} times`);
  }

  private check(): void {
    const { state } = this;
    const requests = countsOf(state);
    const error = conservationError(requests);
    if (error !== 0) this.violations.push(`conservation: ${error}: ${JSON.stringify(requests)}`);
    if (OUTCOMES.some((outcome) => requests[outcome] < 0) || requests.queued < 0 || requests.awaitingRetry < 0)
      this.violations.push(`negative: ${JSON.stringify(requests)}`);
    if (requests.queued !== state.queue.size) this.violations.push(`the queue holds ${state.queue.size}`);
    let taken = 0;
    for (const record of state.fleet.records) {
      if (record === undefined) continue;
      const slots = state.fleet.components.taken[record.index]!;
      taken += slots;
      if (slots < 0) this.violations.push(`${record.id} has ${slots} slots taken`);
    }
    const { slotsTaken } = state.fleet.components;
    if (taken !== slotsTaken) this.violations.push(`${slotsTaken} slots are taken, ${taken} by components`);
  }
}

/** A handler whose every run ends when the test says so. */
export class ManualHandler {
  readonly runs: ManualRun[] = [];

  readonly handle: Extract<ComponentSpec['handler'], (...args: never[]) => unknown> = (request, context) =>
    new Promise((resolve, reject) => {
      this.runs.push({ request, context, resolve, reject });
    });

  get last(): ManualRun {
    return this.runs[this.runs.length - 1]!;
  }
}

export interface ManualRun {
  readonly request: WorkloadRequest;
  readonly context: Parameters<ManualHandler['handle']>[1];
  readonly resolve: (value?: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A component that does its work in no time. */
export const quick = (id: string, spec: Partial<ComponentSpec> = {}): ComponentSpec => ({
  id,
  handler: () => id,
  ...spec,
});

/** Always the first candidate. */
export const firstOf: Policy = { name: 'first', select: () => 0 };
