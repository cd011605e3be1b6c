import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import type { InspectionEvent } from 'xstate';
import type { ComponentActorInput, SoloInput } from '../../machines/embed/standalone-component.ts';
import { TimerHold } from '../adapters/clock/process-hold.ts';
import { backgroundClock, systemClock } from '../adapters/clock/system-clock.ts';
import { stderrLogger } from '../adapters/logging/stderr-logger.ts';
import { fileStore } from '../adapters/stores/file-store.ts';
import type { ComponentSpec, ErrorRules } from '../domain/component.ts';
import { parseComponent, parseComponents, parseSettings } from '../domain/config.ts';
import { InvalidConfigError } from '../domain/errors.ts';
import type { FactReceiver } from '../domain/events.ts';
import type { Clock, Integrations, Logger, Random, StateStore } from '../domain/ports.ts';
import { formatValue } from '../domain/request.ts';
import type { BalancerSettings } from '../domain/settings.ts';
import type { UndeclaredWork } from '../domain/work.ts';
import type { ResolvedOptions } from '../engine/state.ts';
import { checkedRandom } from '../lib/checked-random.ts';
import { containRejection } from '../lib/contain-rejection.ts';
import { didYouMean } from '../lib/nearest-name.ts';
import type { Policy } from '../selection/policy.ts';

/** What a balancer actor takes as input: settings, components, and ports where the defaults do not fit. */
export interface BalancerInput<W = UndeclaredWork> extends Omit<BalancerSettings, 'algorithm'>, ErrorRules {
  /** The fleet at the start: at least one component, no id twice. */
  readonly components: readonly ComponentSpec<W>[];
  /** One of the seven, or a policy of your own. Default `adaptive`. */
  readonly algorithm?: BalancerSettings['algorithm'] | Policy | undefined;
  /**
   * Default: the actor system's clock when it has `now()`, else the machine's monotonic time, whose timers do not keep the process
   * alive: open work does. With a clock of your own, its timers are what you make them.
   */
  readonly clock?: Clock | undefined;
  /** Default `Math.random`. */
  readonly random?: Random | undefined;
  /**
   * A pino instance or anything like it; `false` for silence. Default: lines in pino's form on standard error, from `warn` or what
   * the environment's `PLIMSOLL_LOG` says (`info`, `debug`, `silent` …).
   */
  readonly logger?: Logger | false | undefined;
  /** Where state is kept. Default for an actor: nowhere; for `LoadBalancer`: the file at `statePath`. */
  readonly store?: StateStore | undefined;
  /**
   * Managers of the host that are told of, and may tell of, health, performance, errors and resources. Default: none.
   */
  readonly integrations?: Integrations | undefined;
  /** Gets every fact from the start, like `facts.subscribe`. Default: nobody. */
  readonly subscriber?: FactReceiver | undefined;
}

/** What `new LoadBalancer` takes. */
export interface LoadBalancerConfig<W = UndeclaredWork> extends BalancerInput<W> {
  /** Default `data/load_balancer_state.json`; `null`: no persistence. A `store` wins over it. */
  readonly statePath?: string | null | undefined;
  /**
   * Hears XState's inspection events of the balancer and its children, from the first on. Costs 3 to 5 µs an event: for
   * tests and debugging. What it throws is logged. To attach one later, use `actor.system.inspect`; and `observeMessages`, since
   * assignments that change nothing for their component's actor are messages to it only where somebody watches. Default: none.
   */
  readonly inspect?: ((event: InspectionEvent) => void) | undefined;
}

/** Keys of a configuration that are no settings. */
const NO_SETTINGS: readonly string[] = [
  ...(['components', 'clock', 'random', 'logger', 'store'] satisfies (keyof LoadBalancerConfig)[]),
  ...(['integrations', 'subscriber', 'statePath', 'inspect'] satisfies (keyof LoadBalancerConfig)[]),
];

const DEFAULT_STATE_PATH = 'data/load_balancer_state.json';

const isClock = (value: unknown): value is Clock =>
  has(value, 'now') && has(value, 'setTimeout') && has(value, 'clearTimeout');

const has = (value: unknown, method: string): boolean =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function';

function check(ok: boolean, key: string, expected: string, value: unknown): void {
  if (ok) return;
  throw new InvalidConfigError(
    `Invalid configuration: ${key}: expected ${expected} (given: ${formatValue(value)}). Correct it or leave it out.`,
    { value },
  );
}

function refuseUnknown(path: string, key: string, known: readonly string[]): never {
  const hint = didYouMean(key, known) || ` (expected: ${known.join(', ')})`;
  throw new InvalidConfigError(`Invalid configuration: ${path}: unknown key${hint}. Correct it or leave it out.`, {
    value: key,
  });
}

function checkTimeAndChance(clock: unknown, random: unknown): void {
  check(clock === undefined || isClock(clock), 'clock', 'an object with now, setTimeout and clearTimeout', clock);
  const expected = 'a function that returns numbers in [0, 1)';
  check(random === undefined || typeof random === 'function', 'random', expected, random);
}

function checkRules(rules: ErrorRules): void {
  for (const [name, rule] of Object.entries(rules))
    check(rule === undefined || typeof rule === 'function', name, 'a function (error) => boolean', rule);
}

const checkSubscriber = (subscriber: unknown): void =>
  check(subscriber === undefined || has(subscriber, 'send'), 'subscriber', 'an actor reference', subscriber);

/** The clock that was given, else the host's when it can tell the time, else the machine's. */
export const clockOf = (given: Clock | undefined, hostClock: unknown): Clock =>
  given ?? (isClock(hostClock) ? hostClock : systemClock);

const MANAGERS: readonly string[] = ['health', 'performance', 'errors', 'resources'] satisfies (keyof Integrations)[];

function checkIntegrations(integrations: unknown): void {
  if (integrations === undefined) return;
  const expected = `an object with some of ${MANAGERS.join(', ')}`;
  check(typeof integrations === 'object' && integrations !== null, 'integrations', expected, integrations);
  for (const [name, manager] of Object.entries(Object(integrations))) {
    if (!MANAGERS.includes(name)) refuseUnknown(`integrations.${name}`, name, MANAGERS);
    check(
      manager === undefined || (typeof manager === 'object' && manager !== null),
      `integrations.${name}`,
      'an object',
      manager,
    );
  }
}

function warn(logger: Logger | undefined, cause: unknown): void {
  try {
    containRejection(
      logger?.warn({ err: cause }, 'plimsoll: random broke its contract; the machine draws wherever it does'),
    );
  } catch {
    // there is nobody left to tell
  }
}

/**
 * Fills in every default and port.
 * @param systemClock_ clock of the actor system that the balancer lives in.
 * @throws InvalidConfigError
 */
export function resolveInput(input: BalancerInput, hostClock?: unknown): ResolvedOptions {
  if (typeof input !== 'object' || input === null) {
    throw new InvalidConfigError(
      `Invalid configuration: expected an object with components (given: ${formatValue(input)}).`,
      {
        value: input,
      },
    );
  }
  const { components, clock, random, logger, store, integrations, subscriber, isFailure, isRetryable, ...settings } =
    input;
  checkTimeAndChance(clock, random);
  checkRules({ isFailure, isRetryable });
  check(
    logger === undefined ||
      logger === false ||
      (has(logger, 'info') && has(logger, 'error') && has(logger, 'warn') && has(logger, 'debug')),
    'logger',
    'a pino logger or false',
    logger,
  );
  check(
    store === undefined || (has(store, 'load') && has(store, 'save')),
    'store',
    'an object with load and save',
    store,
  );
  checkSubscriber(subscriber);
  checkIntegrations(integrations);
  const { algorithm } = settings;
  const resolved = parseSettings(settings, NO_SETTINGS);
  const log = logger === false ? undefined : (logger ?? stderrLogger());
  const chosen = clockOf(clock, hostClock);
  const isOurs = chosen === systemClock || chosen === backgroundClock;
  return {
    settings: resolved,
    components: parseComponents(components),
    policy: isPolicy(algorithm) ? algorithm : undefined,
    clock: isOurs ? backgroundClock : chosen,
    processHold: isOurs ? new TimerHold() : undefined,
    random: random === undefined ? Math.random : checkedRandom(random, Math.random, (cause) => warn(log, cause)),
    logger: log,
    store,
    integrations,
    isFailure,
    isRetryable,
    subscriber,
    factChannel: FACTS,
    captureContext: resolved.asyncContext ? captureScope : undefined,
    handlerMarks: resolved.asyncContext ? new AsyncLocalStorage() : undefined,
    ownContext: resolved.asyncContext ? undefined : NOBODYS,
  };
}

/** The settings that a component by itself goes by. */
const COMPONENT_SETTINGS: readonly string[] = ['recovery', 'highLoadThreshold', 'overloadThreshold', 'bandDwellMs'];

/**
 * The same for a component as an actor of its own.
 * @throws InvalidConfigError
 */
export function resolveComponentInput(input: ComponentActorInput, hostClock?: unknown): SoloInput {
  const given: unknown = input;
  check(typeof given === 'object' && given !== null, 'component', 'an object with an id', given);
  const { id, maxConcurrentTasks, clock, random, subscriber, ...settings } = input;
  checkTimeAndChance(clock, random);
  checkSubscriber(subscriber);
  const spec = parseComponent({ id, maxConcurrentTasks, handler: () => undefined });
  for (const key of Object.keys(settings)) {
    if (!COMPONENT_SETTINGS.includes(key)) refuseUnknown(key, key, COMPONENT_SETTINGS);
  }
  return {
    spec,
    settings: parseSettings(settings),
    clock: clockOf(clock, hostClock),
    random: random === undefined ? Math.random : checkedRandom(random, Math.random, () => {}),
    subscriber,
  };
}

/** Facts of every balancer of the process, as `{ balancer, fact }`. They are made only where somebody subscribes. */
const FACTS = channel('plimsoll:fact');

/** AsyncLocalStorage.snapshot() says the same, but costs 60 µs on Node 20 where this costs 0.06. */
const captureScope = (): AsyncResource => new AsyncResource('plimsoll.request', { requireManualDestroy: true });

/** The async context of no request, where handlers are to have none: else all of a tick would have that of the first who submitted in it. */
const NOBODYS = captureScope();

const isPolicy = (value: unknown): value is Policy => has(value, 'select');

/** The store that a `LoadBalancer` uses. */
export function storeOf(config: LoadBalancerConfig): StateStore | undefined {
  if (config.store !== undefined) return config.store;
  const { statePath = DEFAULT_STATE_PATH } = config;
  check(
    statePath === null || (typeof statePath === 'string' && statePath !== ''),
    'statePath',
    'a path or null',
    statePath,
  );
  return statePath === null ? undefined : fileStore(statePath);
}
