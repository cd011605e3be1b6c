import type { ALGORITHMS, Strategy } from '../../domain/algorithm.ts';
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

/** Takes over what was saved. A saved weight yields to a configured one that has changed since. */
export function applyState(state: EngineState, saved: unknown): void {
  if (saved === undefined || saved === null) return;
  const parsed = savedStateSchema.safeParse(saved);
  if (!parsed.success) {
    stateDamaged(state, parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
    return;
  }
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
}

const isStrategy = (name: (typeof ALGORITHMS)[number]): name is Strategy => name !== 'adaptive';

/** Reports damaged state, has the store move it aside where it can, and starts fresh: never a crash, never silent. */
export function stateDamaged(state: EngineState, reason: string): void {
  raiseAlert(
    state,
    'stateDamaged',
    'ERROR',
    undefined,
    `The saved state could not be used (${reason}); starting fresh.`,
  );
  state.diagnostics.report('ERROR', 'STATE_DAMAGED', undefined, new Error(reason));
  const store = state.options.store;
  if (store?.quarantine === undefined) return;
  const aside = async (): Promise<void> => {
    const place = await store.quarantine?.(reason);
    if (place !== undefined) state.diagnostics.log('warn', { place }, 'plimsoll: the damaged state was moved aside');
  };
  state.events.enqueue({ run: () => void aside().catch((cause: unknown) => notSaved(state, cause)) });
}

/** How long a store may take; the balancer then goes on without it, ms. */
export const STORE_TIMEOUT_MS = 10_000;

export const tooSlow = (): Error => new Error(`the store did not answer within ${STORE_TIMEOUT_MS} ms`);

/** Saves now, unless a save is under way; failures are told and tried again next cycle. */
export function saveState(state: EngineState): void {
  const { store } = state.options;
  const t = state.scheduler.now();
  if (store === undefined || t - state.persistence.savingSince < STORE_TIMEOUT_MS) return;
  if (state.persistence.savingSince !== Number.NEGATIVE_INFINITY) notSaved(state, tooSlow());
  state.persistence.savingSince = t;
  const saved = stateOf(state);
  const save = async (): Promise<void> => {
    try {
      await store.save(saved);
      state.events.publish({ type: 'state.saved', savedAt: saved.savedAt });
    } catch (cause) {
      notSaved(state, cause);
    } finally {
      if (state.persistence.savingSince === t) state.persistence.savingSince = Number.NEGATIVE_INFINITY;
    }
  };
  state.events.enqueue({ run: () => void save() });
}

export function notSaved(state: EngineState, cause: unknown): void {
  raiseAlert(state, 'stateNotSaved', 'WARNING', undefined, `The state could not be saved: ${errorMessage(cause)}.`);
  state.diagnostics.report('WARNING', 'STATE_NOT_SAVED', undefined, cause);
}
