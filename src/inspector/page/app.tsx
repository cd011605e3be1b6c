import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Row } from '../protocol.ts';
import { Actions } from './actions.tsx';
import { Charts } from './charts.tsx';
import type { Connection, View } from './connection.ts';
import { HeatMap } from './heat-map.tsx';
import { Help } from './help.tsx';
import { useOrder } from './row-order.ts';
import { Alerts, Queues } from './side.tsx';
import { StatechartPanel } from './statechart.tsx';
import { Tabs } from './tabs.tsx';
import { TopBar } from './top-bar.tsx';
import { Tree } from './tree.tsx';

/** The connection's view, frozen while the person wants to read. */
function useView(connection: Connection, frozen: boolean): View {
  const [view, setView] = useState(connection.view);
  useEffect(() => {
    if (frozen) return;
    setView(connection.view);
    return connection.subscribe(() => setView(connection.view));
  }, [connection, frozen]);
  return view;
}

export function App({ connection }: { connection: Connection }) {
  const [frozen, setFrozen] = useState(false);
  const [help, setHelp] = useState(false);
  const [selected, setSelected] = useState('balancer');
  const [filter, setFilter] = useState('');
  const [pins, setPins] = useState<ReadonlySet<string>>(new Set());
  const view = useView(connection, frozen);
  const { known } = view;
  const rows = useMemo(() => [...(known?.rows.values() ?? [])], [known?.rows]);
  const order = useOrder(rows, filter, pins);
  const keys = useMemo(
    () => [
      'balancer',
      ...(known?.monitors ?? []).map((id) => `monitor:${id}`),
      ...order.map((id) => `component:${id}`),
    ],
    [known?.monitors, order],
  );

  useEffect(() => connection.wish({ focus: selected }), [connection, selected]);

  useEffect(() => {
    const move = (by: number): void => {
      // from what is selected by then: keys come faster than the page is drawn
      setSelected((before) => {
        const at = keys.indexOf(before);
        return keys[Math.min(keys.length - 1, Math.max(0, at + by))] ?? before;
      });
    };
    const onKey = (event: KeyboardEvent): void => {
      const typing = event.target instanceof Element && event.target.matches('input, select, textarea, dialog[open] *');
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'j') move(1);
      else if (event.key === 'k') move(-1);
      else if (event.key === 'p') setFrozen((before) => !before);
      else if (event.key === '?') setHelp(true);
      else if (event.key === '/') document.getElementById('filter')?.focus();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [keys]);

  const togglePin = (id: string): void =>
    setPins((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const row: Row | undefined = selected.startsWith('component:') ? known?.rows.get(selected.slice(10)) : undefined;

  return (
    <div class={frozen ? 'page frozen' : 'page'}>
      <a class="skip" href="#chart">
        Skip to the statechart
      </a>
      <TopBar view={view} frozen={frozen} onFreeze={() => setFrozen(!frozen)} onHelp={() => setHelp(true)} />
      {known === undefined ? (
        <main class="waiting">
          <p role="status">{view.trouble === '' ? 'Connecting…' : view.trouble}</p>
        </main>
      ) : (
        <main class="board">
          <Tree
            known={known}
            order={order}
            selected={selected}
            onSelect={setSelected}
            filter={filter}
            onFilter={setFilter}
            pins={pins}
            onPin={togglePin}
          />
          <div class="middle">
            <StatechartPanel connection={connection} view={view} actor={selected} row={row} />
            <Charts connection={connection} known={known} selected={selected} row={row} />
          </div>
          <div class="side">
            <Actions connection={connection} view={view} row={row} />
            <Alerts known={known} view={view} onSelect={setSelected} />
            <Queues known={known} />
            <HeatMap rows={rows} selected={selected} onSelect={setSelected} />
          </div>
          <Tabs connection={connection} view={view} known={known} selected={selected} onSelect={setSelected} />
        </main>
      )}
      {help && <Help onClose={() => setHelp(false)} />}
    </div>
  );
}
