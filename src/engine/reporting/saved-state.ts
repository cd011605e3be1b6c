import type { ALGORITHMS, Strategy } from '../../domain/algorithm.ts';
import { InvalidConfigError } from '../../domain/errors.ts';
import type { SavedState } from '../../domain/ports.ts';
import { PRIORITIES, priorityOf } from '../../domain/priority.ts';
import { savedStateSchema } from '../../domain/saved-state.ts';
import { errorMessage } from '../../lib/unknown-error.ts';
import { raiseAlert } from '../events/alerts.ts';
import type { EngineState } from '../state.ts';

/** What survives a restart: weights, what each algorithm did, and the strategies of adaptive. */
export function stateOf(state: EngineState): SavedState {
  const weights: Record<string, { weight: number; configured: number }> = {};
  for (const record of state.fleet.records) {
    if (record === undefined) continue;
    weights[record.id] = { weight: state.fleet.components.weight[record.index]!, configured: record.configuredWeight };
  }
  const algorithmPerformance: Record<string, SavedState['algorithmPerformance'][string]> = {};
  for (const { name, picks, completed, failed, responseMs } of state.selection.algorithms.counters) {
    const finished = completed + failed;
    algorithmPerformance[name] = { picks, completed, failed, meanResponseMs: finished > 0 ? responseMs / finished : 0 };
  }
  const strategyByPriority: Record<string, string> = {};
  for (const [cls, strategy] of state.selection.algorithms.adaptive.strategies.entries())
    strategyByPriority[priorityOf(cls)] = strategy;
  return { version: 1, savedAt: state.clock.now(), weights, algorithmPerformance, strategyByPriority };
}

/**
 * Takes over what was saved. A saved weight yields to a configured one that has changed since; names that are not known, of
 * components, algorithms or priorities, are passed over.
 * @returns why it could not be used.
 */
function takeOver(state: EngineState, saved: unknown): string | undefined {
  if (saved === undefined || saved === null) return undefined;
  const parsed = savedStateSchema.safeParse(knownPartOf(state, saved));
  if (!parsed.success)
    return parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  const { weights, algorithmPerformance, strategyByPriority } = parsed.data;
  for (const [id, { weight, configured }] of Object.entries(weights)) {
    const record = state.fleet.records[state.fleet.components.indexOf(id)];
    if (record !== undefined && record.configuredWeight === configured)
      state.fleet.components.setWeight(record.index, weight);
  }
  state.selection.algorithms.restore(algorithmPerformance);
  for (const [cls, priority] of PRIORITIES.entries()) {
    const strategy = strategyByPriority[priority];
    if (strategy !== undefined && isStrategy(strategy)) state.selection.algorithms.adaptive.setStrategy(cls, strategy);
  }
  return undefined;
}

/** What of a saved state has a name that is known here: what is checked does not grow with what a store holds. */
function knownPartOf({ fleet, selection }: EngineState, saved: unknown): unknown {
  if (typeof saved !== 'object' || saved === null || Array.isArray(saved)) return saved;
  const ids = fleet.records.flatMap((record) => (record === undefined ? [] : [record.id]));
  const part = (key: string, names: readonly string[]): unknown => only(Reflect.get(saved, key), names);
  return {
    ...{ version: Reflect.get(saved, 'version'), savedAt: Reflect.get(saved, 'savedAt') },
    weights: part('weights', ids),
    algorithmPerformance: part('algorithmPerformance', selection.algorithms.names()),
    strategyByPriority: part('strategyByPriority', PRIORITIES),
  };
}

/** The entries with these names; what has no entries stays as it is, for the schema to refuse. */
function only(entries: unknown, names: readonly string[]): unknown {
  if (typeof entries !== 'object' || entries === null || Array.isArray(entries)) return entries;
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(entries, name)).map((name) => [name, Reflect.get(entries, name)]),
  );
}

/** The store has answered at the start. Damaged state is told of, moved aside where the store can, and done without. */
export function applyState(state: EngineState, saved: unknown): void {
  state.persistence.load = 'done';
  tellOfPlace(state);
  const reason = takeOver(state, saved);
  if (reason === undefined) return;
  tellOfDamage(state, reason);
  state.events.enqueue({ run: () => void putAside(state, reason) });
}

/** Said once, since a file that appears by itself would surprise; and whether somebody else uses it. */
function tellOfPlace(state: EngineState): void {
  const { place } = state.options.store ?? {};
  if (place !== undefined)
    state.diagnostics.log(
      'info',
      { place },
      `plimsoll: what is learned is kept in ${place}; statePath: null turns it off`,
    );
  state.events.enqueue({ run: () => void checkShared(state) });
}

async function checkShared(state: EngineState): Promise<void> {
  try {
    const { store } = state.options;
    const by = await store?.sharedWith?.();
    if (by === undefined) return;
    const message = `The saved state${store?.place === undefined ? '' : ` in ${store.place}`} is also used by ${by}: whoever saves last wins. Give each balancer a statePath of its own.`;
    raiseAlert(state, 'stateShared', 'WARNING', undefined, message);
    state.diagnostics.report(
      'WARNING',
      'STATE_SHARED',
      undefined,
      new InvalidConfigError(message, { value: store?.place }),
    );
  } catch (cause) {
    state.diagnostics.logError('a store threw', cause);
  }
}

const isStrategy = (name: (typeof ALGORITHMS)[number]): name is Strategy => name !== 'adaptive';

function tellOfDamage(state: EngineState, reason: string): void {
  const message = `The saved state could not be used (${reason}); starting fresh.`;
  raiseAlert(state, 'stateDamaged', 'ERROR', undefined, message);
  state.diagnostics.report('ERROR', 'STATE_DAMAGED', undefined, new Error(reason));
}

async function putAside(state: EngineState, reason: string): Promise<void> {
  try {
    const place = await state.options.store?.quarantine?.(reason);
    if (place !== undefined) state.diagnostics.log('warn', { place }, 'plimsoll: the damaged state was moved aside');
  } catch (cause) {
    notSaved(state, cause);
  }
}

/**
 * The store could not load: nothing is known of what it holds, and it is left as it is, neither moved aside nor written over.
 * Each save tries to load first until that has worked.
 */
export function notLoaded(state: EngineState, cause: unknown): void {
  state.persistence.load = 'failed';
  tellOfPlace(state);
  const message = `The saved state could not be read: ${errorMessage(cause)}. It is left as it is; the balancer starts fresh, and saves nothing until it can be read.`;
  raiseAlert(state, 'stateNotLoaded', 'ERROR', undefined, message);
  state.diagnostics.report('ERROR', 'STATE_NOT_LOADED', undefined, cause);
}

/** How long a store may take; the balancer then goes on without it, ms. */
export const STORE_TIMEOUT_MS = 10_000;

export const tooSlow = (): Error => new Error(`the store did not answer within ${STORE_TIMEOUT_MS} ms`);

/** Loads the state; once, however often it is asked for. */
export async function loadState({ options, persistence }: EngineState): Promise<unknown> {
  persistence.loading ??= Promise.resolve(options.store?.load());
  return persistence.loading;
}

/** Another may have been first. */
const isLoaded = ({ load }: EngineState['persistence']): boolean => load === 'done';

/** Writes the state to the store; before, it is loaded where that has not worked so far. */
export async function writeState(state: EngineState): Promise<number | undefined> {
  const { options, persistence } = state;
  if (options.store === undefined) return undefined;
  if (persistence.load !== 'done') {
    // stopped while it loads: what is on its way is waited for
    const found = await (persistence.load === 'pending' ? loadState(state) : options.store.load());
    if (!isLoaded(persistence)) {
      persistence.load = 'done';
      const reason = takeOver(state, found);
      if (reason !== undefined) {
        tellOfDamage(state, reason);
        await putAside(state, reason);
      }
    }
  }
  const saved = stateOf(state);
  await options.store.save(saved);
  return saved.savedAt;
}

/** Saves now, unless a save is under way; failures are told and tried again next cycle. */
export function saveState(state: EngineState): void {
  const t = state.scheduler.now();
  if (state.options.store === undefined || t - state.persistence.savingSince < STORE_TIMEOUT_MS) return;
  if (state.persistence.savingSince !== Number.NEGATIVE_INFINITY) notSaved(state, tooSlow());
  state.persistence.savingSince = t;
  const save = async (): Promise<void> => {
    try {
      const savedAt = await writeState(state);
      if (savedAt !== undefined) state.events.publish({ type: 'state.saved', savedAt });
    } catch (cause) {
      notSaved(state, cause);
    } finally {
      if (state.persistence.savingSince === t) state.persistence.savingSince = Number.NEGATIVE_INFINITY;
    }
    await checkShared(state);
  };
  state.events.enqueue({ run: () => void save() });
}

export function notSaved(state: EngineState, cause: unknown): void {
  raiseAlert(state, 'stateNotSaved', 'WARNING', undefined, `The state could not be saved: ${errorMessage(cause)}.`);
  state.diagnostics.report('WARNING', 'STATE_NOT_SAVED', undefined, cause);
}
