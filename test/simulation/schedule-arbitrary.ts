import fc from 'fast-check';
import { ALGORITHMS } from '../../src/domain/algorithm.ts';
import { PRIORITIES } from '../../src/domain/priority.ts';
import type {
  Behaviour,
  ChaosAction,
  ChaosSchedule,
  ChaosStep,
  PlannedComponent,
  PlannedRequest,
} from '../../src/testing/chaos/schedule.ts';

// Schedules as fast-check draws and shrinks them: of hand-picked values, the simplest first.

const TYPES = ['GENERAL', 'WALLET_OPERATION', 'PRICE_UPDATE'] as const;
const IDS = ['a', 'b', 'c'] as const;

const behaviour: fc.Arbitrary<Behaviour> = fc.record(
  {
    does: fc.constantFrom('succeed', 'fail', 'hang', 'twice'),
    after: fc.constantFrom(0, 1, 20, 400),
    signal: fc.constantFrom('ignores', 'heeds', 'watches', 'late'),
    retryable: fc.boolean(),
    callerFault: fc.boolean(),
    calls: fc.constantFrom('submit', 'submitLater', 'cancelItself', 'failComponent', 'drainComponent'),
  },
  { requiredKeys: ['does', 'after', 'signal'] },
);

const shares = fc.record(
  { cpu: fc.constantFrom(0, 30, 60, 100), memory: fc.constantFrom(0, 40) },
  { requiredKeys: [] },
);

const request: fc.Arbitrary<PlannedRequest> = fc.record(
  {
    type: fc.constantFrom(...TYPES),
    id: fc.constantFrom('x', 'y', 'z'),
    priority: fc.constantFrom(...PRIORITIES),
    resources: shares,
    preferredComponents: fc.subarray([...IDS], { minLength: 1 }),
    excludedComponents: fc.subarray([...IDS], { minLength: 1, maxLength: 2 }),
    timeoutMs: fc.constantFrom(5, 0.5, 100),
    deadlineIn: fc.constantFrom(50, 1, 0, -1),
    maxRetries: fc.constantFrom(0, 1, 4),
    idempotent: fc.boolean(),
    affinityKey: fc.constantFrom('k', 'l'),
  },
  { requiredKeys: ['type'] },
);

const component = fc.nat(5);

const plan: fc.Arbitrary<PlannedComponent> = fc.record(
  {
    id: fc.constantFrom(...IDS),
    maxConcurrentTasks: fc.constantFrom(1, 2, 4),
    weight: fc.constantFrom(1, 0.5, 3),
    limits: shares,
    serves: fc.subarray([...TYPES], { minLength: 1 }),
    checked: fc.boolean(),
  },
  { requiredKeys: ['id', 'maxConcurrentTasks'] },
);

const changes = fc.record(
  {
    maxConcurrentTasks: fc.constantFrom(1, 3),
    weight: fc.constantFrom(0.1, 2),
    limits: shares,
    serves: fc.option(fc.subarray([...TYPES], { minLength: 1 })),
  },
  { requiredKeys: [] },
);

const tuning = fc.record(
  {
    maxQueueSize: fc.constantFrom(1, 4, 100),
    routeShareAlpha: fc.constantFrom(0.1, 1),
    agingMs: fc.constantFrom(null, 10, 5_000),
    requestTimeoutMs: fc.constantFrom(20, 500),
    queueTimeoutMs: fc.constantFrom(20, 500),
    abortGraceMs: fc.constantFrom(0, 50),
    maxRetries: fc.constantFrom(0, 2),
    checkTimeoutMs: fc.constantFrom(20, 200),
    healthCheckIntervalMs: fc.constantFrom(100, 1_000),
    shedding: fc.constant({ targetMs: 1, intervalMs: 10 }),
    outlier: fc.record({ consecutiveFailures: fc.constantFrom(1, 3), maxEjectedShare: fc.constantFrom(0.5, 1) }),
  },
  { requiredKeys: [] },
);

const action: fc.Arbitrary<ChaosAction> = fc.oneof(
  {
    weight: 24,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      via: fc.constantFrom('execute', 'submitRequest', 'message', 'inside', 'patient'),
      request,
      attempts: fc.array(behaviour, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('producers' as const),
      count: fc.constantFrom(2, 8),
      request,
      attempts: fc.array(behaviour, { minLength: 1, maxLength: 2 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('drain' as const, 'resume' as const, 'fail' as const, 'recover' as const, 'crash' as const),
      component,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), of: fc.nat(5), bySignal: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deregister' as const), component, force: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('register' as const), plan }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('update' as const), component, changes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('usage' as const), component, usage: shares }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('health' as const), component, healthy: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('mode' as const),
      component,
      mode: fc.constantFrom('healthy', 'failing', 'hanging', 'stuck', 'slow', 'blackHole'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('check' as const),
      component,
      mode: fc.constantFrom('good', 'bad', 'throws', 'slow', 'hangs', 'lies'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('pause' as const, 'resumeDispatch' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('config' as const), changes: tuning }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('algorithm' as const), algorithm: fc.constantFrom(...ALGORITHMS) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('jump' as const), ms: fc.constantFrom(10, 500, 3_600_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('turn' as const), microtasks: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('ready' as const), type: fc.constantFrom(undefined, ...TYPES) }),
  },
);

const step: fc.Arbitrary<ChaosStep> = fc.record({ after: fc.constantFrom(0, 0, 1, 10, 300), action });

/** @param maxLength at most so many steps. */
export const schedules = (maxLength: number): fc.Arbitrary<ChaosSchedule> =>
  fc.record({
    seed: fc.nat(1_000),
    settings: tuning.map((settings) => ({
      recovery: { baseDelayMs: 50, maxDelayMs: 500, slowStartMs: 300 },
      retry: { baseMs: 10, capMs: 100 },
      requestTimeoutMs: 500,
      queueTimeoutMs: 500,
      ...settings,
    })),
    components: fc.uniqueArray(plan, { minLength: 1, maxLength: 3, selector: ({ id }) => id }),
    observed: fc.boolean(),
    steps: fc.array(step, { maxLength, size: 'max' }),
    end: fc.record({ heal: fc.boolean(), stop: fc.constantFrom('drain', 'cancel', 'kill') }),
  });
