import { useState } from 'preact/hooks';
import type { ComponentStatus } from '../../domain/component.ts';
import type { Change } from '../protocol.ts';
import { isBand, type ViewState } from '../view-state.ts';
import { clock, short } from './format.ts';
import { classOf, GLYPHS, STATUSES } from './status.ts';

const MOST_SHOWN = 90;

const isStatus = (word: string): word is ComponentStatus => STATUSES.some((status) => status === word);

/** A status with glyph and word; other states as they are. */
function State({ name }: { name: string | undefined }) {
  if (name === undefined) return null;
  if (!isStatus(name)) return <>{name}</>;
  return (
    <span class={classOf(name)}>
      {GLYPHS[name]} {name.toLowerCase()}
    </span>
  );
}

interface Props {
  readonly known: ViewState;
  readonly selected: string;
  readonly onSelect: (key: string) => void;
}

const isBad = ({ to, type }: Change): boolean => to === 'Failed' || type === 'route.down';

/** Every change, the latest first: control is never sampled. */
export function Changes({ known, selected, onSelect }: Props) {
  const [own, setOwn] = useState(false);
  const [bands, setBands] = useState(true);
  const fitting = known.changes.filter((change) => (!own || change.actor === selected) && (bands || !isBand(change)));
  const shown = fitting.slice(-MOST_SHOWN).reverse();
  return (
    <>
      <div class="stuck">
        <p class="bar">
          <label>
            <input type="checkbox" checked={own} onChange={(event) => setOwn(event.currentTarget.checked)} /> only{' '}
            {short(selected)}
          </label>
          <label>
            <input type="checkbox" checked={bands} onChange={(event) => setBands(event.currentTarget.checked)} />{' '}
            changes of load
          </label>
          <span class="muted">
            not sampled · {known.changes.at(-1)?.seq ?? 0} since the start, {fitting.length} kept here
            {known.missed > 0 && `, ${known.missed} came too fast to be sent`}
          </span>
        </p>
      </div>
      <table class="lines">
        <thead>
          <tr>
            <th scope="col">time</th>
            <th scope="col">actor</th>
            <th scope="col">change</th>
            <th scope="col">detail</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((change) => (
            <tr key={change.seq} class={isBad(change) ? 'bad' : ''}>
              <td class="time">{clock(change.at)}</td>
              <td>
                <button type="button" class="plain" onClick={() => onSelect(change.actor)}>
                  {short(change.actor)}
                </button>
              </td>
              <td>
                {change.to === undefined ? (
                  change.type
                ) : (
                  <>
                    <State name={change.from} /> → <State name={change.to} />
                  </>
                )}
              </td>
              <td class="muted">{change.detail}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length === 0 && <p class="muted">Nothing has changed yet.</p>}
    </>
  );
}

export function AuditLog({ known, admin }: { known: ViewState; admin: boolean }) {
  return (
    <>
      <p class="bar muted">
        {admin ? 'Viewers may steer.' : 'This inspector only shows; attempts to steer are noted.'}
      </p>
      <table class="lines">
        <thead>
          <tr>
            <th scope="col">time</th>
            <th scope="col">who</th>
            <th scope="col">did</th>
            <th scope="col">outcome</th>
            <th scope="col">detail</th>
          </tr>
        </thead>
        <tbody>
          {known.audit
            .slice(-MOST_SHOWN)
            .reverse()
            .map((entry) => (
              <tr key={entry.seq}>
                <td class="time">{clock(entry.at)}</td>
                <td class="muted">
                  {entry.address}, calls itself “{entry.viewer}”
                </td>
                <td>
                  {entry.action} {entry.target}
                </td>
                <td class={entry.outcome === 'done' ? '' : 's-failed'}>{entry.outcome}</td>
                <td class="muted">{entry.detail}</td>
              </tr>
            ))}
        </tbody>
      </table>
      {known.audit.length === 0 && <p class="muted">Nobody has done anything from here.</p>}
    </>
  );
}
