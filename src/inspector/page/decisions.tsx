import { useState } from 'preact/hooks';
import type { Decision } from '../../domain/decision.ts';
import { PRIORITIES } from '../../domain/priority.ts';
import type { SelectionPreview } from '../../engine/reporting/selection-preview.ts';
import type { Connection, View } from './connection.ts';
import { clock, ms, number, percent } from './format.ts';

/** Who would get a request now, and why a request went where it went. */
export function Decisions({ connection, view }: { connection: Connection; view: View }) {
  const [type, setType] = useState('GENERAL');
  const [priority, setPriority] = useState<string>('NORMAL');
  const [requestId, setRequestId] = useState('');
  const [answer, setAnswer] = useState<SelectionPreview | undefined>(undefined);
  const [decisions, setDecisions] = useState<readonly Decision[] | undefined>(undefined);
  const [error, setError] = useState('');
  const ask = async <T,>(path: string, take: (body: T) => void): Promise<void> => {
    try {
      take(await connection.get<T>(path));
      setError('');
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
    }
  };
  return (
    <>
      <form
        class="bar"
        onSubmit={(event) => {
          event.preventDefault();
          setDecisions(undefined);
          void ask<SelectionPreview>(`/api/whatif?type=${encodeURIComponent(type)}&priority=${priority}`, setAnswer);
        }}
      >
        <label>
          type{' '}
          <input
            list="workloads"
            value={type}
            maxLength={256}
            onInput={(event) => setType(event.currentTarget.value)}
          />
        </label>
        <datalist id="workloads">
          {view.hello?.workloads.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <label>
          priority{' '}
          <select value={priority} onChange={(event) => setPriority(event.currentTarget.value)}>
            {PRIORITIES.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <button type="submit">who would get it?</button>
      </form>
      <form
        class="bar"
        onSubmit={(event) => {
          event.preventDefault();
          setAnswer(undefined);
          void ask<Decision[]>(`/api/explain?request=${encodeURIComponent(requestId)}`, setDecisions);
        }}
      >
        <label>
          request id{' '}
          <input value={requestId} maxLength={256} onInput={(event) => setRequestId(event.currentTarget.value)} />
        </label>
        <button type="submit">why did it go there?</button>
      </form>
      {error !== '' && (
        <p class="s-failed" role="alert">
          ✕ {error}
        </p>
      )}
      {answer !== undefined && <Considered answer={answer} />}
      {decisions !== undefined && <Taken decisions={decisions} />}
    </>
  );
}

function Considered({ answer }: { answer: SelectionPreview }) {
  const best = [...answer.considered].sort(
    (a, b) => (b.score ?? (b.excluded === undefined ? 0 : -1)) - (a.score ?? (a.excluded === undefined ? 0 : -1)),
  );
  return (
    <>
      <p>
        {clock(answer.at)}, {answer.algorithm}
        {answer.held && ': it would rather wait'}
        {answer.sampled && ': so many components that it draws a sample, which has no scores'}
      </p>
      <table class="lines">
        <thead>
          <tr>
            <th scope="col">component</th>
            <th scope="col">score (share of 200 trial picks)</th>
            <th scope="col">free slots</th>
            <th scope="col">mean</th>
            <th scope="col">weight</th>
            <th scope="col">excluded because</th>
          </tr>
        </thead>
        <tbody>
          {best.slice(0, 60).map((one) => (
            <tr key={one.componentId} class={one.excluded === undefined ? '' : 'muted'}>
              <td>{one.componentId}</td>
              <td>{one.score === undefined ? '' : percent(one.score)}</td>
              <td>
                {one.slotsFree} of {one.slots}
              </td>
              <td>{ms(one.responseTimeMs)}</td>
              <td>{number(one.effectiveWeight)}</td>
              <td>{one.excluded}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {best.length > 60 && <p class="muted">and {best.length - 60} more</p>}
    </>
  );
}

function Taken({ decisions }: { decisions: readonly Decision[] }) {
  if (decisions.length === 0)
    return (
      <p class="muted">No decision on it is kept. The setting `explain` keeps the last 1,000, or as many as it says.</p>
    );
  return (
    <>
      {decisions.slice(-5).map((one) => (
        <div key={`${one.at}${one.attempt}`}>
          <p>
            {clock(one.at)}, attempt {one.attempt}, {one.workload} {one.priority}: <b>{one.chosen ?? 'held'}</b> by{' '}
            {one.strategy ?? one.algorithm}
            {one.probe && ', as a probe'}
          </p>
          <table class="lines">
            <thead>
              <tr>
                <th scope="col">component</th>
                <th scope="col">expected cost</th>
                <th scope="col">slots taken</th>
                <th scope="col">excluded because</th>
              </tr>
            </thead>
            <tbody>
              {one.candidates.slice(0, 30).map((candidate) => (
                <tr key={candidate.componentId} class={candidate.exclusion === undefined ? '' : 'muted'}>
                  <td>{candidate.componentId}</td>
                  <td>{number(candidate.expectedCost)}</td>
                  <td>
                    {candidate.slotsTaken} of {candidate.slots}
                  </td>
                  <td>{candidate.exclusion}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ))}
    </>
  );
}
