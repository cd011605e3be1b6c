import { useEffect, useState } from 'preact/hooks';
import type { Summary } from '../protocol.ts';
import type { View } from './connection.ts';
import { duration, ms, number, percent, roughly } from './format.ts';
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
  useTitle(view);
  return (
    <header class="top">
      <h1>
        plimsoll <span class={`link ${frozen ? 'frozen' : view.link}`}>{frozen ? '❚❚ frozen' : LINKS[view.link]}</span>
      </h1>
      <div class="link-trouble" role="status">
        {link}
      </div>
      {summary !== undefined && <Figures summary={summary} />}
      <div class="buttons">
        <button type="button" aria-pressed={frozen} title="p" onClick={onFreeze}>
          {frozen ? 'go on' : 'freeze'}
        </button>
        <ThemeButton />
        <button type="button" aria-label="help" onClick={onHelp}>
          ?
        </button>
      </div>
    </header>
  );
}

function Figures({ summary }: { summary: Summary }) {
  const { statuses, regions, cost } = summary;
  const frame = `${ms(cost.frameMs)} a frame, ${number(cost.bytesPerSecond / 1_000)} kB/s, ${cost.viewers} viewers`;
  return (
    <>
      <dl class="figures">
        {STATUSES.map((status) => (
          <Figure key={status} name={status.toLowerCase()} tone={statuses[status] > 0 ? classOf(status) : 'none'}>
            <span aria-hidden="true">{GLYPHS[status]} </span>
            {statuses[status]}
          </Figure>
        ))}
      </dl>
      <dl class="figures">
        <Figure name="requests/s">{number(summary.perSecond)}</Figure>
        <Figure name="p50">{ms(summary.p50Ms)}</Figure>
        <Figure name="p99">{ms(summary.p99Ms)}</Figure>
        <Figure name="success">{percent(summary.successRate)}</Figure>
        <Figure name="queued">{number(summary.queue.size)}</Figure>
        <Figure name="distribution" title="100 times Jain's index of the load of what is operational">
          {number(summary.score)}
        </Figure>
      </dl>
      <dl class="figures words">
        <Figure name="pressure" tone={regions.pressure === 'normal' ? '' : 's-overloaded'}>
          {regions.pressure}
        </Figure>
        <Figure name="failover" tone={regions.failover === 'steady' ? '' : 's-failed'}>
          {regions.failover}
        </Figure>
        <Figure name="dispatch" tone={regions.dispatch === 'paused' ? 's-maintenance' : ''}>
          {regions.phase === 'running' ? regions.dispatch : regions.phase}
        </Figure>
        <Figure name="algorithm">{regions.algorithm}</Figure>
      </dl>
      <dl class="figures quiet">
        <Figure name="up" title={duration(summary.uptimeMs)}>
          {roughly(summary.uptimeMs)}
        </Figure>
        <Figure name={cost.viewers > 1 ? `${cost.viewers} viewers` : 'inspector'} title={frame}>
          {percentOfCore(cost.share)}
        </Figure>
      </dl>
    </>
  );
}

/** A tab in the background tells by its name whether somebody should look. */
function useTitle({ link, known }: View): void {
  const failed = known?.summary.statuses.Failed ?? 0;
  useEffect(() => {
    const mark = link !== 'live' ? '(offline) ' : failed > 0 ? `✕ ${failed} failed · ` : '';
    document.title = `${mark}plimsoll inspector`;
  }, [link, failed]);
}

const percentOfCore = (share: number): string => `${(share * 100).toFixed(1)} % CPU`;

interface FigureProps {
  readonly name: string;
  readonly tone?: string;
  readonly title?: string;
  readonly children: preact.ComponentChildren;
}

function Figure({ name, tone = '', title, children }: FigureProps) {
  return (
    <div title={title}>
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
      aria-label={`${other} theme`}
      onClick={() => {
        localStorage.setItem('plimsoll.theme', other);
        setTheme(other);
      }}
    >
      {other}
    </button>
  );
}
