/** One line of a bar chart. */
export interface BarLine {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly text: string;
}

export interface BarChart {
  readonly title: string;
  /** Where the axis is crossed by a dashed line, such as 1 for equally fast. */
  readonly mark: number | undefined;
  readonly lines: readonly BarLine[];
}

const WIDTH = 820;
const LEFT = 230;
const RIGHT = 130;
const ROW = 26;
const TOP = 46;
const FONT = 'font-family="system-ui, sans-serif" font-size="13"';

const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (sign) => (sign === '&' ? '&amp;' : sign === '<' ? '&lt;' : '&gt;'));

/** Horizontal bars on a logarithmic axis, each with its range, as an SVG. */
export function barChart({ title, mark, lines }: BarChart): string {
  const all = lines.flatMap(({ low, high }) => [low, high]).concat(mark ?? []);
  const positive = all.filter((value) => value > 0);
  const from = 10 ** Math.floor(Math.log10(Math.min(...positive)));
  const to = 10 ** Math.ceil(Math.log10(Math.max(...positive)));
  const x = (value: number): number =>
    LEFT + ((WIDTH - LEFT - RIGHT) * Math.log(Math.max(value, from) / from)) / Math.log(to / from);
  const height = TOP + lines.length * ROW + 34;
  const foot = TOP + lines.length * ROW + 4;
  const ticks: string[] = [];
  for (let value = from; value <= to * 1.001; value *= 10) {
    const at = x(value).toFixed(1);
    ticks.push(
      `<line x1="${at}" x2="${at}" y1="${TOP - 6}" y2="${foot}" stroke="#ddd"/>`,
      `<text x="${at}" y="${foot + 18}" text-anchor="middle" fill="#555" ${FONT}>${Number(value.toPrecision(1))}</text>`,
    );
  }
  const rows = lines.map(({ label, value, low, high, text }, k) => {
    const y = TOP + k * ROW;
    const middle = y + ROW / 2 - 3;
    return [
      `<text x="${LEFT - 10}" y="${y + 15}" text-anchor="end" fill="#222" ${FONT}>${escaped(label)}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${(x(value) - LEFT).toFixed(1)}" height="${ROW - 6}" fill="#2f6f9f"/>`,
      `<line x1="${x(low).toFixed(1)}" x2="${x(high).toFixed(1)}" y1="${middle}" y2="${middle}" stroke="#d08a2e" stroke-width="2"/>`,
      `<text x="${(x(Math.max(value, high)) + 8).toFixed(1)}" y="${y + 15}" fill="#222" ${FONT}>${escaped(text)}</text>`,
    ].join('\n');
  });
  const dashed =
    mark === undefined
      ? ''
      : `<line x1="${x(mark).toFixed(1)}" x2="${x(mark).toFixed(1)}" y1="${TOP - 6}" y2="${foot}" stroke="#b3261e" stroke-dasharray="5 4"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="16" y="26" fill="#222" font-family="system-ui, sans-serif" font-size="15" font-weight="600">${escaped(title)}</text>
${ticks.join('\n')}
${rows.join('\n')}
${dashed}
</svg>
`;
}
