import { useState } from 'preact/hooks';
import type { Row } from '../protocol.ts';
import type { CallError, Connection, View } from './connection.ts';
import { Dialog } from './dialog.tsx';

interface Wish {
  readonly action: string;
  readonly target: string;
  readonly expect: string;
  /** What will happen, for people. */
  readonly says: string;
  readonly algorithm?: string;
}

/** Buttons for what fits the state that is shown; each asks again, by name. */
export function Actions({ connection, view, row }: { connection: Connection; view: View; row: Row | undefined }) {
  const [wish, setWish] = useState<Wish | undefined>(undefined);
  if (view.hello?.admin !== true) return null;
  const wishes = row === undefined ? ofBalancer(view) : ofComponent(row);
  return (
    <section class="panel actions" aria-label="Actions">
      <h2>Actions — {row?.id ?? 'balancer'}</h2>
      <div class="buttons">
        {wishes.map((one) => (
          <button key={one.action} type="button" onClick={() => setWish(one)}>
            {one.action === 'resumeDispatch' ? 'resume dispatch' : one.action}
          </button>
        ))}
        {row === undefined && <Algorithm view={view} onPick={setWish} />}
      </div>
      {wish !== undefined && <Confirm connection={connection} wish={wish} onClose={() => setWish(undefined)} />}
    </section>
  );
}

function ofComponent({ id, state }: Row): Wish[] {
  const wish = (action: string, says: string): Wish => ({ action, target: id, expect: state, says });
  const [group] = state.split('.');
  if (group === 'maintenance') return [wish('resume', `${id} takes work again.`)];
  if (group === 'failed')
    return [
      wish('recover', `${id} is probed now instead of after its cooldown.`),
      wish('drain', `${id} goes into maintenance; it is not probed until it is resumed.`),
    ];
  return [
    wish('drain', `${id} takes nothing new and finishes what runs.`),
    wish('fail', `${id} counts as failed: its work is handed to others, and it is probed after its cooldown.`),
  ];
}

function ofBalancer(view: View): Wish[] {
  const dispatch = view.known?.summary.regions.dispatch ?? 'flowing';
  return dispatch === 'flowing'
    ? [
        {
          action: 'pause',
          target: 'balancer',
          expect: dispatch,
          says: 'No work is given out; what comes in waits in the queue.',
        },
      ]
    : [{ action: 'resumeDispatch', target: 'balancer', expect: dispatch, says: 'Work is given out again.' }];
}

function Algorithm({ view, onPick }: { view: View; onPick: (wish: Wish) => void }) {
  const now = view.known?.summary.regions.algorithm ?? '';
  return (
    <label>
      algorithm{' '}
      <select
        value={now}
        onChange={(event) => {
          const algorithm = event.currentTarget.value;
          event.currentTarget.value = now;
          if (algorithm !== now)
            onPick({
              action: 'selectAlgorithm',
              target: 'balancer',
              expect: now,
              algorithm,
              says: `${now} gives way to ${algorithm}.`,
            });
        }}
      >
        {!view.hello?.algorithms.includes(now) && <option>{now}</option>}
        {view.hello?.algorithms.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}

function Confirm({ connection, wish, onClose }: { connection: Connection; wish: Wish; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [error, setError] = useState<CallError | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const { action, target, expect, says, algorithm } = wish;
  const send = async (force: boolean): Promise<void> => {
    setBusy(true);
    const failed = await connection.post('/api/action', {
      action,
      target,
      expect,
      ...(algorithm === undefined ? {} : { algorithm }),
      ...(reason === '' ? {} : { reason }),
      ...(force ? { force } : {}),
    });
    setBusy(false);
    setError(failed);
    if (failed === undefined) onClose();
  };
  const last = error?.problem.error === 'lastAvailable';
  return (
    <Dialog title={`${action} ${target}?`} onClose={onClose}>
      <p>{says}</p>
      <label>
        Reason, for the audit log{' '}
        <input type="text" maxLength={200} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      {error !== undefined && (
        <p class="s-failed" role="alert">
          ✕ {error.message}
        </p>
      )}
      <div class="buttons">
        <button type="button" class="primary" disabled={busy} onClick={() => void send(false)}>
          {action} {target}
        </button>
        {last && (
          <button type="button" class="danger" disabled={busy} onClick={() => void send(true)}>
            {action} by force
          </button>
        )}
      </div>
    </Dialog>
  );
}
