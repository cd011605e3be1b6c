/** `1.2 k`, `35`, `0.4`: three figures. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1_000_000) return `${figures(value / 1_000_000)} M`;
  if (size >= 10_000) return `${figures(value / 1_000)} k`;
  if (size >= 100 || Number.isInteger(value)) return String(Math.round(value));
  return figures(value);
}

const figures = (value: number): string => String(Number(value.toPrecision(3)));

export function ms(value: number): string {
  if (value === 0) return '–';
  if (value >= 60_000) return duration(value);
  if (value >= 1_000) return `${figures(value / 1_000)} s`;
  return `${value < 10 ? figures(value) : Math.round(value)} ms`;
}

export function duration(value: number): string {
  const seconds = Math.max(0, Math.floor(value / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

/** `21 s`, `4 min`, `2 h`. */
export const roughly = (value: number): string =>
  duration(value).replace(/ (?:min|h) .*/, (rest) => rest.slice(0, rest.indexOf(' ', 1)));

export const percent = (share: number): string => {
  const value = share * 100;
  return `${value > 99 && value < 99.995 ? value.toFixed(2) : Math.round(value)} %`;
};

const pad = (value: number, length = 2): string => String(value).padStart(length, '0');

export function clock(at: number): string {
  const date = new Date(at);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
}

/** `component:a` is shown as `a`: the kind is told by where it stands. */
export const short = (key: string): string => key.replace(/^(component|monitor|other):/, '');

/** Type of a message; what XState calls its own delayed event is said as people would. */
export const said = (type: string): string => type.replace(/^xstate\.after\.([^.]+)\..*/, 'after $1');
