import type { SimulatedAlgorithm } from '../../../src/testing/simulator/engine.ts';
import { codeOf } from '../../../src/testing/simulator/recorder.ts';
import type { ScenarioInput } from '../../../src/testing/simulator/scenario.ts';
import {
  blockingMMcK,
  reneging,
  timeJsq2,
  timeRoundRobin,
  timeTwoChoices,
  waitMDc,
  waitMG1,
  waitMMc,
  waitsByPriority,
} from '../../support/queueing.ts';
import { type Measured, mean, PLAIN, type Reading, study } from '../../support/study.ts';

/** A queueing system that the balancer is configured to be, and what theory says of it. */
export interface System {
  readonly name: string;
  /** What is measured, in units of the mean service time where it is a time. */
  readonly what: readonly string[];
  readonly expected: readonly number[];
  /** Mean service time, ms. Small, so that few of the balancer's own timers (in ms) fall between two requests. */
  readonly unitMs: number;
  readonly algorithm: SimulatedAlgorithm;
  readonly read: Reading;
  /** Requests per replication at scale 1, and how many replications. */
  readonly requests: number;
  readonly replications: number;
  readonly scenario: Pick<ScenarioInput, 'components' | 'service' | 'settings' | 'binding' | 'requests'>;
  /** Arrivals per mean service time. */
  readonly arrivals: number;
  /** Half-width of the interval over the expected value that the test must reach, so that it can fail. */
  readonly sharpness: number;
}

const REPLICATIONS = 20;

const servers = (capacity: number): ScenarioInput['components'] => [{ id: 'a', capacity }];
const single = (count: number): ScenarioInput['components'] =>
  Array.from({ length: count }, (_, k) => ({ id: `s${k}`, capacity: 1 }));
const exponential = { distribution: 'exponential' as const, meanMs: 1 };

const wait: Reading = ({ recorder }, numbers) => [mean(numbers.map((n) => recorder.wait[n]!))];
const time: Reading = ({ recorder }, numbers) => [mean(numbers.map((n) => recorder.latency[n]!))];
const share =
  (outcome: 'rejected' | 'timedOut'): Reading =>
  ({ recorder }, numbers) => [numbers.filter((n) => recorder.outcome[n] === codeOf(outcome)).length / numbers.length];
const waitByClass: Reading = ({ recorder }, numbers) =>
  [0, 2, 3].map((cls) => mean(numbers.filter((n) => recorder.cls[n] === cls).map((n) => recorder.wait[n]!)));

const base = {
  unitMs: 1,
  algorithm: 'least-connections' as const,
  read: wait,
  requests: 16_000,
  replications: REPLICATIONS,
  what: ['mean wait'],
};

/** Three classes of equal shares; with `agingMs: null` they are strict. */
const threeClasses = [{ priority: { CRITICAL: 1, NORMAL: 1, LOW: 1 } }];

export const systems: readonly System[] = [
  {
    ...base,
    name: 'M/M/1, load 0.9',
    expected: [waitMMc(1, 0.9)],
    scenario: { components: servers(1), service: exponential },
    arrivals: 0.9,
    sharpness: 0.2,
  },
  {
    ...base,
    name: 'M/M/7, load 0.9',
    expected: [waitMMc(7, 0.9)],
    scenario: { components: servers(7), service: exponential },
    arrivals: 6.3,
    sharpness: 0.15,
  },
  {
    ...base,
    name: 'M/M/7 as seven components of one slot, load 0.9',
    expected: [waitMMc(7, 0.9)],
    scenario: { components: single(7), service: exponential },
    algorithm: 'round-robin',
    arrivals: 6.3,
    sharpness: 0.15,
  },
  {
    ...base,
    name: 'M/M/115, load 0.9',
    expected: [waitMMc(115, 0.9)],
    scenario: { components: servers(115), service: exponential },
    arrivals: 103.5,
    requests: 32_000,
    sharpness: 0.4,
  },
  ...[0, 1, 2].map((cv) => ({
    ...base,
    name: `M/G/1 with cv² = ${cv * cv}, load 0.7`,
    expected: [waitMG1(0.7, cv * cv)],
    scenario: {
      components: servers(1),
      service:
        cv === 0
          ? { distribution: 'deterministic' as const, meanMs: 1 }
          : { distribution: 'lognormal' as const, meanMs: 1, cv },
    },
    arrivals: 0.7,
    sharpness: cv === 2 ? 0.2 : 0.06,
  })),
  {
    ...base,
    name: 'M/D/7, load 0.9',
    expected: [waitMDc(7, 0.9)],
    scenario: { components: servers(7), service: { distribution: 'deterministic', meanMs: 1 } },
    arrivals: 6.3,
    sharpness: 0.12,
  },
  {
    ...base,
    name: 'M/M/1 with three classes of load 0.3, non-preemptive',
    what: ['mean wait, 1st class', '2nd', '3rd'],
    expected: waitsByPriority(1, [0.3, 0.3, 0.3]),
    scenario: { components: servers(1), service: exponential, requests: threeClasses },
    read: waitByClass,
    arrivals: 0.9,
    sharpness: 0.2,
  },
  {
    ...base,
    name: 'M/M/7 with three classes of load 0.3, non-preemptive',
    what: ['mean wait, 1st class', '2nd', '3rd'],
    expected: waitsByPriority(7, [0.3, 0.3, 0.3]),
    scenario: { components: servers(7), service: exponential, requests: threeClasses },
    read: waitByClass,
    arrivals: 6.3,
    sharpness: 0.2,
  },
  {
    ...base,
    name: 'M/M/7/27 (a queue of 20), load 0.95',
    what: ['share rejected'],
    expected: [blockingMMcK(7, 27, 0.95)],
    scenario: { components: servers(7), service: exponential, settings: { maxQueueSize: 20 } },
    read: share('rejected'),
    arrivals: 6.65,
    sharpness: 0.15,
  },
  {
    ...base,
    name: 'M/M/7 at load 1.2, who waits longer than one service time gives up',
    what: ['share timed out'],
    expected: [reneging(7, 1.2, 1)],
    // the balancer's wheel has ticks of a ms, so one service time is 100 of them
    unitMs: 100,
    scenario: {
      components: servers(7),
      service: { distribution: 'exponential', meanMs: 100 },
      settings: { queueTimeoutMs: 100 },
    },
    read: share('timedOut'),
    arrivals: 8.4,
    requests: 8_000,
    sharpness: 0.03,
  },
  {
    ...base,
    name: 'join the shortest queue, 2 servers, load 0.8 (early binding, least connections)',
    what: ['mean time in system'],
    expected: [timeJsq2(0.8)],
    scenario: { components: single(2), service: exponential, binding: 'early' },
    read: time,
    arrivals: 1.6,
    sharpness: 0.06,
  },
  {
    ...base,
    name: 'power of two choices, 400 servers, load 0.9 (early binding, least connections of a sample)',
    what: ['mean time in system'],
    // the limit for n → ∞; the error of a finite n is of the order 1/n (Mitzenmacher 1996), far below the interval
    expected: [timeTwoChoices(0.9)],
    scenario: { components: single(400), service: exponential, binding: 'early' },
    read: time,
    arrivals: 360,
    requests: 40_000,
    replications: 8,
    sharpness: 0.03,
  },
  {
    ...base,
    name: 'round robin, 7 servers, load 0.9 (early binding)',
    what: ['mean time in system'],
    expected: [timeRoundRobin(7, 0.9)],
    scenario: { components: single(7), service: exponential, binding: 'early' },
    algorithm: 'round-robin',
    read: time,
    arrivals: 6.3,
    sharpness: 0.08,
  },
  {
    ...base,
    name: 'random choice, 7 servers, load 0.9 (early binding)',
    what: ['mean time in system'],
    expected: [1 / (1 - 0.9)],
    scenario: { components: single(7), service: exponential, binding: 'early' },
    algorithm: 'random',
    read: time,
    arrivals: 6.3,
    sharpness: 0.13,
  },
];

/** Number of figures that are compared. */
export const comparisons = systems.reduce((sum, { expected }) => sum + expected.length, 0);

/**
 * The level of each interval, so that all of them together hold with 95 %: a run in which nothing is wrong fails one time in
 * twenty over the choice of seeds, not one time in two (Bonferroni).
 */
export const LEVEL = 1 - 0.05 / comparisons;

/** Measures a system. @param scale multiplies the requests of each replication. */
export async function measure(system: System, scale: number): Promise<Measured[]> {
  const { unitMs, arrivals, requests, scenario } = system;
  const perSecond = (1000 * arrivals) / unitMs;
  // a fifth more to warm up: many times the relaxation time 2/(c(1 − √load)²) of each system
  const length = (1000 * requests * scale) / perSecond;
  const measured = await study(
    {
      ...scenario,
      name: system.name,
      settings: { ...PLAIN, ...scenario.settings },
      arrivals: { process: 'poisson', perSecond },
      warmUpMs: length / 5,
      durationMs: (length * 6) / 5,
    },
    system.algorithm,
    system.replications,
    LEVEL,
    system.read,
  );
  return measured.map(({ value, halfWidth }, k) => {
    const unit = system.what[k]!.startsWith('share') ? 1 : unitMs;
    return { value: value / unit, halfWidth: halfWidth / unit };
  });
}
