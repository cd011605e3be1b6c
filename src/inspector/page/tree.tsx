import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Row } from '../protocol.ts';
import type { ViewState } from '../view-state.ts';
import { percent } from './format.ts';
import { classOf, GLYPHS } from './status.ts';

const ROW_PX = 32;
/** Rows drawn beyond what is seen, above and below. */
const SPARE = 4;
const MOST_DRAWN = 80;

interface Props {
  readonly known: ViewState;
  readonly order: readonly string[];
  readonly selected: string;
  readonly onSelect: (key: string) => void;
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
  readonly pins: ReadonlySet<string>;
  readonly onPin: (id: string) => void;
}

/** Balancer, monitors, components. Of the components only what is seen is in the document. */
export function Tree({ known, order, selected, onSelect, filter, onFilter, pins, onPin }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const at = order.indexOf(selected.replace(/^component:/, ''));
  const was = useRef({ at, order });

  // sorting must not carry the selected row away from under the eye: the list scrolls along with it
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return;
    setHeight(element.clientHeight);
    const before = was.current;
    was.current = { at, order };
    if (at < 0) return;
    const sameSelection = before.order !== order && before.at >= 0 && order[at] === before.order[before.at];
    const y = before.at * ROW_PX - element.scrollTop;
    if (sameSelection && y >= 0 && y < element.clientHeight) element.scrollTop += (at - before.at) * ROW_PX;
    else if (!sameSelection && before.at !== at) {
      if (at * ROW_PX < element.scrollTop) element.scrollTop = at * ROW_PX;
      else if ((at + 1) * ROW_PX > element.scrollTop + element.clientHeight)
        element.scrollTop = (at + 1) * ROW_PX - element.clientHeight;
    }
  }, [at, order]);

  const first = Math.max(0, Math.floor(top / ROW_PX) - SPARE);
  const drawn = order.slice(first, first + Math.min(MOST_DRAWN, Math.ceil(height / ROW_PX) + 2 * SPARE));
  return (
    <nav class="panel tree" aria-label="Actors">
      <h2>
        Actors <span class="muted">{known.rows.size} components</span>
      </h2>
      <input
        id="filter"
        type="search"
        placeholder="filter by name or state  /"
        aria-label="Filter components"
        value={filter}
        onInput={(event) => onFilter(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          onFilter('');
          event.currentTarget.blur();
        }}
      />
      <ul class="actors">
        {['balancer', ...known.monitors.map((id) => `monitor:${id}`)].map((key) => (
          <li key={key}>
            <button
              type="button"
              class={key === 'balancer' ? 'actor' : 'actor child'}
              aria-current={key === selected}
              onClick={() => onSelect(key)}
            >
              {key.replace('monitor:', '')}
              {key === 'balancer' && <span class="word muted">{known.summary.regions.failover}</span>}
            </button>
          </li>
        ))}
      </ul>
      <ul
        class="components"
        ref={list}
        aria-label="Components, worst first"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      >
        <li class="filler" aria-hidden="true" style={{ height: `${first * ROW_PX}px` }} />
        {drawn.map((id) => {
          const row = known.rows.get(id);
          return row === undefined ? null : (
            <TreeRow
              key={id}
              row={row}
              current={selected === `component:${id}`}
              pinned={pins.has(id)}
              onSelect={onSelect}
              onPin={onPin}
            />
          );
        })}
        <li
          class="filler"
          aria-hidden="true"
          style={{ height: `${Math.max(0, order.length - first - drawn.length) * ROW_PX}px` }}
        />
      </ul>
      {order.length === 0 && <p class="muted empty">No component fits.</p>}
    </nav>
  );
}

interface RowProps {
  readonly row: Row;
  readonly current: boolean;
  readonly pinned: boolean;
  readonly onSelect: (key: string) => void;
  readonly onPin: (id: string) => void;
}

function TreeRow({ row, current, pinned, onSelect, onPin }: RowProps) {
  const { id, status, taken, capacity } = row;
  return (
    <li class="row" data-id={id}>
      <button type="button" class="actor" aria-current={current} onClick={() => onSelect(`component:${id}`)}>
        <span class={`glyph ${classOf(status)}`} aria-hidden="true">
          {GLYPHS[status]}
        </span>
        <span class="name" title={id}>
          {id}
        </span>
        <span class={`word ${classOf(status)}`}>{status.toLowerCase()}</span>
        <span class="load">{percent(taken / capacity)}</span>
        <span class={`meter ${classOf(status)}`} aria-hidden="true">
          <span style={{ width: `${Math.min(100, (taken / capacity) * 100)}%` }} />
        </span>
      </button>
      <button
        type="button"
        class="pin"
        aria-pressed={pinned}
        aria-label={`Pin ${id}`}
        title={pinned ? 'Pinned to the top' : 'Pin to the top'}
        onClick={() => onPin(id)}
      >
        {pinned ? '★' : '☆'}
      </button>
    </li>
  );
}
