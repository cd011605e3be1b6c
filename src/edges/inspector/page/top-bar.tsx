import { useEffect, useState } from 'preact/hooks';
import type { View } from './connection.ts';
import { duration, ms, number, percent } from './format.ts';
import { classOf, GLYPHS, STATUSES } from './status.ts';

const LINKS: Readonly<Record<View['link'], string>> = {
  connecting: '… connecting',
  live: '● live',
  lost: '✕ connection lost, trying again',
  refused: '✕ refused',
  closed: '✕ closed',
};

interface Props {
  readonly view: View;
  readonly frozen: boolean;
  readonly onFreeze: () => void;
  readonly onHelp: () => void;
}

export function TopBar({ view, frozen, onFreeze, onHelp }: Props) {
  const summary = view.known?.summary;
  const link = view.link === 'live' ? '' : view.trouble;
  return (
    <header class="top">
      <h1>
        plimsoll <span class={`link ${view.link}`}>{frozen ? '❚❚ frozen' : LINKS[view.link]}</span>
      </h1>
      <div class="link-trouble" role="status">
        {link}
      </div>
      {summary !== undefined && (
        <>
          <dl class="figures">
            {STATUSES.map((status) => (
              <Figure
                key={status}
                name={status.toLowerCase()}
                tone={summary.statuses[status] > 0 ? classOf(status) : ''}
              >
                <span aria-hidden="true">{GLYPHS[status]} </span>
                {summary.statuses[status]}
              </Figure>
            ))}
          </dl>
          <dl class="figures">
            <Figure name="requests/s">{number(summary.perSecond)}</Figure>
            <Figure name="p50">{ms(summary.p50Ms)}</Figure>
            <Figure name="p99">{ms(summary.p99Ms)}</Figure>
            <Figure name="success">{percent(summary.successRate)}</Figure>
            <Figure name="distribution">{number(summary.score)}</Figure>
          </dl>
          <dl class="figures words">
            <Figure name="phase">{summary.regions.phase}</Figure>
            <Figure name="dispatch" tone={summary.regions.dispatch === 'paused' ? 's-maintenance' : ''}>
              {summary.regions.dispatch}
            </Figure>
            <Figure name="pressure" tone={summary.regions.pressure === 'normal' ? '' : 's-overloaded'}>
              {summary.regions.pressure}
            </Figure>
            <Figure name="failover" tone={summary.regions.failover === 'steady' ? '' : 's-failed'}>
              {summary.regions.failover}
            </Figure>
            <Figure name="algorithm">{summary.regions.algorithm}</Figure>
          </dl>
          <dl class="figures quiet">
            <Figure name="up">{duration(summary.uptimeMs)}</Figure>
            <Figure name="inspector">
              {ms(summary.cost.frameMs)} · {percentOfCore(summary.cost.share)}
            </Figure>
            <Figure name="viewers">{summary.cost.viewers}</Figure>
          </dl>
        </>
      )}
      <div class="buttons">
        <button type="button" aria-pressed={frozen} onClick={onFreeze}>
          {frozen ? 'resume view' : 'freeze view'} <kbd>p</kbd>
        </button>
        <ThemeButton />
        <button type="button" onClick={onHelp}>
          help <kbd>?</kbd>
        </button>
      </div>
    </header>
  );
}

const percentOfCore = (share: number): string => `${(share * 100).toFixed(1)} % of a core`;

function Figure({ name, tone = '', children }: { name: string; tone?: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={tone}>{children}</dd>
    </div>
  );
}

const THEMES = ['dark', 'light'] as const;

function ThemeButton() {
  const preferred = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
  const [theme, setTheme] = useState(
    THEMES.find((name) => name === localStorage.getItem('plimsoll.theme')) ?? preferred,
  );
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
    document.dispatchEvent(new Event('themechange'));
  }, [theme]);
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <button
      type="button"
      onClick={() => {
        localStorage.setItem('plimsoll.theme', other);
        setTheme(other);
      }}
    >
      {other} theme
    </button>
  );
}
