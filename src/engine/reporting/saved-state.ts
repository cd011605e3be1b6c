import type { ALGORITHMS, Strategy } from '../../domain/algorithm.ts';
import type { SavedState } from '../../domain/ports.ts';
import { savedStateSchema } from '../../domain/saved-state.ts';
import { PRIORITIES, priorityOf } from '../../domain/priority.ts';
import { messageOf } from '../../lib/unknown-error.ts';
import { raiseAlert } from '../events/alerts.ts';
import type { Books } from '../state.ts';

/** What survives a restart, taken from the books. */
export function stateOf(books: Books): SavedState {
  const weights: Record<string, { weight: number; configured: number }> = {};
  for (const entry of books.entries) {
    if (entry === undefined) continue;
    weights[entry.id] = { weight: books.components.weight[entry.index]!, configured: entry.configuredWeight };
  }
  const algorithmPerformance: Record<string, SavedState['algorithmPerformance'][string]> = {};
  for (const { name, picks, completed, failed, responseMs } of books.algorithms.tallies) {
    const finished = completed + failed;
    algorithmPerformance[name] = { picks, completed, failed, meanResponseMs: finished > 0 ? responseMs / finished : 0 };
  }
  const strategyByPriority: Record<string, string> = {};
  for (const [cls, strategy] of books.algorithms.adaptive.strategies.entries())
    strategyByPriority[priorityOf(cls)] = strategy;
  return { version: 1, savedAt: books.clock.now(), weights, algorithmPerformance, strategyByPriority };
}

/** Takes over what was saved. A saved weight yields to a configured one that has changed since. */
export function applyState(books: Books, saved: unknown): void {
  if (saved === undefined || saved === null) return;
  const parsed = savedStateSchema.safeParse(saved);
  if (!parsed.success) {
    stateDamaged(books, parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
    return;
  }
  const { weights, algorithmPerformance, strategyByPriority } = parsed.data;
  for (const [id, { weight, configured }] of Object.entries(weights)) {
    const entry = books.entries[books.components.indexOf(id)];
    if (entry !== undefined && entry.configuredWeight === configured) books.components.setWeight(entry.index, weight);
  }
  books.algorithms.restore(algorithmPerformance);
  for (const [cls, priority] of PRIORITIES.entries()) {
    const strategy = strategyByPriority[priority];
    if (strategy !== undefined && isStrategy(strategy)) books.algorithms.adaptive.setStrategy(cls, strategy);
  }
}

const isStrategy = (name: (typeof ALGORITHMS)[number]): name is Strategy => name !== 'adaptive';

/** Damaged state is moved aside where the store can, told, and the balancer starts fresh: never a crash, never silent. */
export function stateDamaged(books: Books, reason: string): void {
  raiseAlert(
    books,
    'stateDamaged',
    'ERROR',
    undefined,
    `The saved state could not be used (${reason}); starting fresh.`,
  );
  books.report('ERROR', 'STATE_DAMAGED', undefined, new Error(reason));
  const store = books.input.store;
  if (store?.quarantine === undefined) return;
  const aside = async (): Promise<void> => {
    const place = await store.quarantine?.(reason);
    if (place !== undefined) books.log('warn', { place }, 'plimsoll: the damaged state was moved aside');
  };
  books.facts.defer({ run: () => void aside().catch((cause: unknown) => notSaved(books, cause)) });
}

/** How long a store may take; the balancer then goes on without it, ms. */
export const STORE_TIMEOUT_MS = 10_000;

export const tooSlow = (): Error => new Error(`the store did not answer within ${STORE_TIMEOUT_MS} ms`);

/** Saves now, unless a save is under way; failures are told and tried again next cycle. */
export function saveState(books: Books): void {
  const { store } = books.input;
  const t = books.now();
  if (store === undefined || t - books.savingSince < STORE_TIMEOUT_MS) return;
  if (books.savingSince !== Number.NEGATIVE_INFINITY) notSaved(books, tooSlow());
  books.savingSince = t;
  const state = stateOf(books);
  const save = async (): Promise<void> => {
    try {
      await store.save(state);
      books.facts.post({ type: 'state.saved', savedAt: state.savedAt });
    } catch (cause) {
      notSaved(books, cause);
    } finally {
      if (books.savingSince === t) books.savingSince = Number.NEGATIVE_INFINITY;
    }
  };
  books.facts.defer({ run: () => void save() });
}

export function notSaved(books: Books, cause: unknown): void {
  raiseAlert(books, 'stateNotSaved', 'WARNING', undefined, `The state could not be saved: ${messageOf(cause)}.`);
  books.report('WARNING', 'STATE_NOT_SAVED', undefined, cause);
}
