import type { ComponentSpec, Handler, HealthCheck } from '../../domain/component.ts';
import { pause } from './faulty-handler.ts';

/** When a fault is there, on the balancer's clock. */
export interface FaultWindow {
  /** Epoch ms from which on. Default: from the start. */
  readonly from?: number | undefined;
  /** Epoch ms before which. Default: for ever. */
  readonly until?: number | undefined;
}

/** A component whose handler takes longer: `extraMs` (default 1,000) more for each attempt that begins in the window. */
export function slowComponent(
  spec: ComponentSpec,
  { extraMs = 1_000, ...window }: FaultWindow & { readonly extraMs?: number | undefined } = {},
): ComponentSpec {
  return around(
    spec,
    (handler) => (request, context) =>
      isIn(window, context.clock.now())
        ? pause(context, extraMs, false).then(() => handler(request, context))
        : handler(request, context),
  );
}

/**
 * A component whose handler never settles for attempts that begin in the window, and whose health check, if it has one,
 * never answers. With `ignoresAbort` (default false) it goes on for ever when its signal aborts: such attempts are
 * counted as abandoned after `abortGraceMs`.
 */
export function hangingComponent(
  spec: ComponentSpec,
  { ignoresAbort = false, ...window }: FaultWindow & { readonly ignoresAbort?: boolean | undefined } = {},
): ComponentSpec {
  return around(
    spec,
    (handler) => (request, context) =>
      isIn(window, context.clock.now())
        ? pause(context, Number.POSITIVE_INFINITY, ignoresAbort)
        : handler(request, context),
    (check) => (context) => (isIn(window, context.clock.now()) ? new Promise(() => {}) : check(context)),
  );
}

/**
 * A component that works for `upMs` and then fails for `downMs`, again and again, counted from epoch 0 on the balancer's
 * clock. While down, attempts that begin fail at once and its health check, if it has one, answers false.
 * @throws RangeError unless both are above 0.
 */
export function flappingComponent(
  spec: ComponentSpec,
  { upMs, downMs }: { readonly upMs: number; readonly downMs: number },
): ComponentSpec {
  if (!(upMs > 0 && downMs > 0)) throw new RangeError(`upMs and downMs must be above 0, got ${upMs} and ${downMs}`);
  const isDown = (now: number): boolean => now % (upMs + downMs) >= upMs;
  return around(
    spec,
    (handler) => (request, context) => {
      if (isDown(context.clock.now())) throw new Error(`${spec.id} is down`);
      return handler(request, context);
    },
    (check) => (context) => !isDown(context.clock.now()) && check(context),
  );
}

/**
 * A component that swallows work: it fails everything, and so quickly (`afterMs`, default 1) that it always looks idle. What
 * goes by load alone sends it most of the work. Its health check, if it has one, says that all is well.
 */
export function blackHole(
  spec: ComponentSpec,
  { afterMs = 1, ...window }: FaultWindow & { readonly afterMs?: number | undefined } = {},
): ComponentSpec {
  return around(
    spec,
    (handler) => (request, context) =>
      isIn(window, context.clock.now())
        ? pause(context, afterMs, true).then(() => Promise.reject(new Error(`${spec.id} swallows its work`)))
        : handler(request, context),
    (check) => (context) => isIn(window, context.clock.now()) || check(context),
  );
}

const isIn = (
  { from = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY }: FaultWindow,
  now: number,
): boolean => now >= from && now < until;

/** The same component with another handler and check around its own; a worker keeps its `attach` and `close`. */
function around(
  spec: ComponentSpec,
  handlerAround: (handler: Handler) => Handler,
  checkAround: (check: HealthCheck) => HealthCheck = (check) => check,
): ComponentSpec {
  const { handler, check } = spec;
  const worker = typeof handler === 'function' ? undefined : handler;
  const own: Handler = typeof handler === 'function' ? handler : (request, context) => handler.handle(request, context);
  const handle = handlerAround(own);
  return {
    ...spec,
    handler:
      worker === undefined
        ? handle
        : { handle, attach: (link) => worker.attach?.(link), close: () => worker.close?.() },
    ...(check === undefined ? {} : { check: checkAround(check) }),
  };
}
