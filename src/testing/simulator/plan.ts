import { InvalidConfigError } from '../../domain/errors.ts';
import { classOf, PRIORITIES } from '../../domain/priority.ts';
import { describeIssues } from '../../domain/request.ts';
import { type Distribution, deterministic, empirical, exponential, lognormal } from './distributions.ts';
import {
  type ComponentScenario,
  type RequestScenario,
  type Scenario,
  type Service,
  scenarioSchema,
} from './scenario.ts';
import { columnIn, numbersOf, parseRows, type Trace, traceOf } from './trace.ts';

/** Gives the text of a file that a scenario names. */
export type ReadFile = (path: string) => string;

/** One kind of request, ready to be drawn. */
export interface RequestPlan {
  readonly scenario: RequestScenario;
  readonly service: Distribution;
  /** Cumulative shares by class. */
  readonly classes: readonly { readonly cls: number; readonly upTo: number }[];
  /** Cumulative share among the kinds. */
  readonly upTo: number;
}

export interface ComponentPlan {
  readonly scenario: ComponentScenario;
  readonly service: Distribution | undefined;
}

/** A scenario that has been checked and worked out; the same for every seed and algorithm. */
export interface Plan {
  readonly scenario: Scenario;
  readonly components: readonly ComponentPlan[];
  readonly requests: readonly RequestPlan[];
  readonly trace: Trace | undefined;
  /** What all components can do together, requests per second. */
  readonly capacityPerSecond: number;
  /** Mean arrivals per second; of a closed loop 0. */
  readonly arrivalsPerSecond: number;
  readonly seeds: readonly (number | string)[];
}

function fail(what: string, value: unknown): never {
  throw new InvalidConfigError(`Invalid scenario: ${what}.`, { value });
}

/**
 * Checks a scenario (anything: it may come from a file), fills in its defaults, reads the files it names.
 * @throws InvalidConfigError that names each wrong key, what was expected and what was given.
 */
export function planOf(input: unknown, readFile?: ReadFile): Plan {
  const parsed = scenarioSchema.safeParse(input);
  if (!parsed.success) fail(describeIssues(parsed.error, input, scenarioSchema), input);
  const scenario = parsed.data;
  const read: ReadFile = (path) =>
    readFile?.(path) ?? fail(`it names the file ${path}, and there is no way to read it`, path);
  const base = distributionOf(scenario.service, read);
  const trace = scenario.arrivals.process === 'trace' ? traceOf(scenario.arrivals, read) : undefined;
  const requests = requestPlans(scenario, base, read);
  const components = scenario.components.map((one) => ({
    scenario: one,
    service: one.service === undefined ? undefined : distributionOf(one.service, read),
  }));
  check(scenario, trace);
  const meanMs = trace?.serviceMs === undefined ? meanOf(requests) : trace.meanServiceMs;
  const capacityPerSecond = components.reduce((sum, { scenario: { capacity, parallel, speed }, service }) => {
    return sum + (1000 * Math.min(capacity, parallel ?? capacity) * speed) / (service?.meanMs ?? meanMs);
  }, 0);
  return {
    scenario,
    components,
    requests,
    trace,
    capacityPerSecond,
    arrivalsPerSecond: arrivalRate(scenario, capacityPerSecond, trace),
    seeds:
      typeof scenario.seeds === 'number' ? Array.from({ length: scenario.seeds }, (_, k) => k + 1) : scenario.seeds,
  };
}

function check(scenario: Scenario, trace: Trace | undefined): void {
  const ids = new Set(scenario.components.map(({ id }) => id));
  for (const { component } of scenario.faults) {
    if (!ids.has(component)) {
      fail(`faults: no component is called "${component}"; there are ${[...ids].join(', ')}`, component);
    }
  }
  const types = new Set(scenario.requests.map(({ type }) => type));
  const unknown = trace?.types?.find((type) => type !== '' && !types.has(type));
  if (unknown !== undefined) {
    fail(`its trace has the type "${unknown}", and requests only ${[...types].join(', ')}: add an entry`, unknown);
  }
  if (scenario.durationMs <= scenario.warmUpMs) fail('durationMs must exceed warmUpMs', scenario.durationMs);
}

function requestPlans(scenario: Scenario, base: Distribution, read: ReadFile): RequestPlan[] {
  const total = scenario.requests.reduce((sum, { share }) => sum + share, 0);
  let upTo = 0;
  return scenario.requests.map((one) => {
    upTo += one.share / total;
    const service = one.service === undefined ? base : distributionOf(one.service, read);
    return { scenario: one, service, classes: classShares(one), upTo };
  });
}

function classShares({ priority }: RequestScenario): { cls: number; upTo: number }[] {
  if (typeof priority === 'string') return [{ cls: classOf(priority), upTo: 1 }];
  const total = PRIORITIES.reduce((sum, one) => sum + (priority[one] ?? 0), 0);
  let upTo = 0;
  return PRIORITIES.flatMap((one) => {
    const part = priority[one];
    if (part === undefined) return [];
    upTo += part / total;
    return [{ cls: classOf(one), upTo }];
  });
}

function meanOf(requests: readonly RequestPlan[]): number {
  let mean = 0;
  let before = 0;
  for (const { service, upTo } of requests) {
    mean += service.meanMs * (upTo - before);
    before = upTo;
  }
  return mean;
}

function arrivalRate({ arrivals }: Scenario, capacityPerSecond: number, trace: Trace | undefined): number {
  if (arrivals.process === 'closed') return 0;
  const { load, perSecond } = arrivals;
  if (load !== undefined && perSecond !== undefined) fail('arrivals: give load or perSecond, not both', arrivals);
  if (load !== undefined) return load * capacityPerSecond;
  return perSecond ?? trace?.perSecond ?? fail('arrivals: expected load or perSecond', arrivals);
}

function distributionOf(service: Service, read: ReadFile): Distribution {
  switch (service.distribution) {
    case 'deterministic':
      return deterministic(service.meanMs);
    case 'exponential':
      return exponential(service.meanMs);
    case 'lognormal':
      return lognormal(service.meanMs, service.cv);
    case 'empirical':
      return empirical(measured(service, read), service.meanMs);
  }
}

function measured(service: Extract<Service, { distribution: 'empirical' }>, read: ReadFile): readonly number[] {
  const { values, file, column } = service;
  if (values !== undefined) return values;
  if (file === undefined) return fail('an empirical service time needs values or a file', service);
  const times = column === undefined ? numbersOf(read(file)) : columnIn(parseRows(read(file), file), column, file);
  if (times.length === 0 || times.some((time) => time < 0)) fail(`${file}: expected times of 0 or more`, file);
  return times;
}
