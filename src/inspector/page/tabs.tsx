import { useEffect, useState } from 'preact/hooks';
import type { ViewState } from '../view-state.ts';
import type { Connection, View } from './connection.ts';
import { Decisions } from './decisions.tsx';
import { AuditLog, Changes } from './logs.tsx';
import { Lanes, MessageList } from './messages.tsx';

const TABS = [
  ['changes', 'State changes'],
  ['lanes', 'Sequence'],
  ['messages', 'Messages'],
  ['decisions', 'Decisions'],
  ['audit', 'Audit log'],
] as const;

type Tab = (typeof TABS)[number][0];

interface Props {
  readonly connection: Connection;
  readonly view: View;
  readonly known: ViewState;
  readonly selected: string;
  readonly onSelect: (key: string) => void;
}

export function Tabs({ connection, view, known, selected, onSelect }: Props) {
  const [tab, setTab] = useState<Tab>('changes');
  useEffect(() => connection.wish({ messages: tab === 'lanes' || tab === 'messages' }), [connection, tab]);
  const step = (by: number): void => {
    const at = TABS.findIndex(([name]) => name === tab);
    const next = TABS[(at + by + TABS.length) % TABS.length]!;
    setTab(next[0]);
    document.getElementById(`tab-${next[0]}`)?.focus();
  };
  return (
    <section class="panel tabs" aria-label="Logs">
      <div
        role="tablist"
        aria-label="Logs"
        onKeyDown={(event) => {
          if (event.key === 'ArrowRight') step(1);
          else if (event.key === 'ArrowLeft') step(-1);
        }}
      >
        {TABS.map(([name, title]) => (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            aria-selected={tab === name}
            aria-controls="tab-panel"
            tabIndex={tab === name ? 0 : -1}
            onClick={() => setTab(name)}
          >
            {title}
          </button>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reachable by keyboard */}
      <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0} class="log">
        {tab === 'changes' && <Changes known={known} selected={selected} onSelect={onSelect} />}
        {tab === 'lanes' && <Lanes view={view} selected={selected} />}
        {tab === 'messages' && <MessageList view={view} />}
        {tab === 'decisions' && <Decisions connection={connection} view={view} />}
        {tab === 'audit' && <AuditLog known={known} admin={view.hello?.admin === true} />}
      </div>
    </section>
  );
}
