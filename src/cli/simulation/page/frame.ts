import { at, text } from './markup.ts';

/** A mark on an axis: where, 0 (left, bottom) to 1, and what it says. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** Everything around a drawing. The labels are text of the page, so that they stay legible however narrow it is. */
export interface Frame {
  readonly title: string;
  /** What it shows, for those who cannot see it. */
  readonly about: string;
  readonly x: readonly Tick[];
  readonly y: readonly Tick[];
  readonly yLabel: string;
  readonly xLabel: string;
  /** Height in pixels. */
  readonly height: number;
  /** SVG in a box of 1000 × 1000, y downwards, stretched to fit. */
  readonly drawing: string;
  /** Entries below the title. */
  readonly legend: string;
}

export const BOX = 1000;

export function framed(frame: Frame): string {
  const { title, about, x, y, yLabel, xLabel, height, drawing, legend } = frame;
  const grid = [
    ...y.map(
      (tick) =>
        `<line class="grid" x1="0" x2="${BOX}" y1="${at(BOX - tick.at * BOX)}" y2="${at(BOX - tick.at * BOX)}"/>`,
    ),
    ...x.map((tick) => `<line class="grid" y1="0" y2="${BOX}" x1="${at(tick.at * BOX)}" x2="${at(tick.at * BOX)}"/>`),
  ].join('');
  return `<figure class="chart"><figcaption>${text(title)}</figcaption>${legend}
<div class="axis-name">${text(yLabel)}</div>
<div class="plot" style="height:${height}px"><div class="y">${y
    .map((tick) => `<span style="bottom:${at(tick.at * 100)}%">${text(tick.label)}</span>`)
    .join(
      '',
    )}</div><svg viewBox="0 0 ${BOX} ${BOX}" preserveAspectRatio="none" role="img" aria-label="${text(about)}">${grid}${drawing}</svg>
<div class="x">${x.map((tick) => `<span style="left:${at(tick.at * 100)}%">${text(tick.label)}</span>`).join('')}</div></div>
<div class="axis-name end">${text(xLabel)}</div></figure>`;
}

/** Round steps for an axis from 0: 1, 2 or 5 times a power of ten, at most `most` of them. */
export function stepsTo(top: number, most: number): number[] {
  if (!(top > 0)) return [0];
  const rough = top / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? rough;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, k) => Number((k * step).toPrecision(12)));
}

/** The time axis of all charts, in seconds. */
export const timeTicks = (durationMs: number): Tick[] =>
  stepsTo(durationMs / 1000, 8).map((s) => ({ at: (s * 1000) / durationMs, label: String(s) }));

/** An axis from 0 to `top`. */
export const valueTicks = (top: number): Tick[] =>
  stepsTo(top, 5).map((value) => ({ at: value / top, label: value >= 10_000 ? `${value / 1000}k` : String(value) }));
