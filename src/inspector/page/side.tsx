import { PRIORITIES } from '../../domain/priority.ts';
import type { ViewState } from '../view-state.ts';
import type { View } from './connection.ts';
import { clock, duration, number, roughly } from './format.ts';
import { classOf, GLYPHS } from './status.ts';

/** What is wrong now, and what alarmed lately. */
export function Alerts({ known, view, onSelect }: { known: ViewState; view: View; onSelect: (key: string) => void }) {
  const bad = [...known.rows.values()]
    .filter(({ status }) => status === 'Failed')
    .sort((a, b) => a.statusSince - b.statusSince);
  const now = known.summary.at + (performance.now() - view.receivedAt);
  const latest = known.alerts.slice(-6).reverse();
  return (
    <section class="panel alerts" aria-label="Alerts">
      <h2>
        Alerts{' '}
        <span class="muted">
          {known.summary.alerts.raised} raised, {known.summary.alerts.suppressed} held back
        </span>
      </h2>
      <ul>
        {bad.slice(0, 5).map((row) => (
          <li key={row.id}>
            <button type="button" class="plain" onClick={() => onSelect(`component:${row.id}`)}>
              <span class={classOf(row.status)}>
                {GLYPHS[row.status]} {row.id}
              </span>{' '}
              failed for {duration(now - row.statusSince)}
            </button>
          </li>
        ))}
        {bad.length > 5 && <li class="muted">and {bad.length - 5} more failed</li>}
        {known.summary.unaccounted !== 0 && (
          <li class="s-failed">✕ {known.summary.unaccounted} requests unaccounted for: a defect of plimsoll</li>
        )}
        {latest.map((alert) => (
          <li key={alert.seq} class="alert">
            <span class={`severity ${alert.severity.toLowerCase()}`}>{alert.severity.toLowerCase()}</span>
            <span class="what">{alert.message}</span>
            <span class="muted age" title={clock(alert.at)}>
              {roughly(now - alert.at)} ago
            </span>
          </li>
        ))}
        {bad.length + latest.length === 0 && <li class="muted">Nothing is wrong.</li>}
      </ul>
    </section>
  );
}

export function Queues({ known }: { known: ViewState }) {
  const { queue } = known.summary;
  const most = Math.max(1, ...PRIORITIES.map((priority) => queue.byPriority[priority]));
  return (
    <section class="panel queues" aria-label="Queue">
      <h2>
        Queue{' '}
        <span class="muted">
          {number(queue.size)} of {number(queue.bound)}
        </span>
      </h2>
      <table>
        <tbody>
          {PRIORITIES.map((priority) => (
            <tr key={priority}>
              <th scope="row">{priority.toLowerCase()}</th>
              <td class="bar">
                <span style={{ width: `${(queue.byPriority[priority] / most) * 100}%` }} />
              </td>
              <td class="count">{number(queue.byPriority[priority])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
