/** What a `fetch` response, or anything like one, has: headers by name in any case. */
export interface WithHeaders {
  readonly headers: { get(name: string): string | null };
}

/** From here on a number is a point in time and no duration: in seconds since 1970, and the same in ms. */
const EPOCH_S = 1e9;
const EPOCH_MS = 1e12;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * When to come again, by the headers of a response that refused the work: `retry-after-ms`, `Retry-After` (seconds, or an HTTP
 * date), `x-ratelimit-reset-after` (seconds), and where `x-ratelimit-remaining` (or `ratelimit-remaining`, or `-requests` or `-tokens`
 * behind either) is 0 the `reset` beside it (seconds, durations such as `1m30s` or `20ms`, or a time since 1970).
 *
 * @param now epoch ms, for dates. Default: the machine's clock.
 * @returns ms, 0 and up; undefined where no header says so.
 */
export function retryAfterFrom({ headers }: WithHeaders, now = Date.now()): number | undefined {
  const ms = number(headers.get('retry-after-ms'));
  if (ms !== undefined) return ms;
  return (
    after(headers.get('retry-after'), now) ?? seconds(headers.get('x-ratelimit-reset-after')) ?? reset(headers, now)
  );
}

/** The latest reset of those limits that are used up. */
function reset(headers: WithHeaders['headers'], now: number): number | undefined {
  let latest: number | undefined;
  for (const prefix of ['x-ratelimit', 'ratelimit'])
    for (const suffix of ['', '-requests', '-tokens']) {
      if (number(headers.get(`${prefix}-remaining${suffix}`)) !== 0) continue;
      const ms = after(headers.get(`${prefix}-reset${suffix}`), now);
      if (ms !== undefined) latest = Math.max(latest ?? 0, ms);
    }
  return latest;
}

/** Seconds, a duration, a time since 1970 or a date. */
function after(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  const value = number(text);
  if (value !== undefined) {
    if (value >= EPOCH_MS) return Math.max(0, value - now);
    return value >= EPOCH_S ? Math.max(0, value * 1_000 - now) : value * 1_000;
  }
  const duration = durationOf(text);
  if (duration !== undefined) return duration;
  // what JavaScript takes for a date is more than HTTP does: `-5` is one
  const date = /^[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

const seconds = (text: string | null): number | undefined => {
  const value = number(text);
  return value === undefined ? undefined : value * 1_000;
};

/** `1m30s`, `20ms`, `1.5s`. */
function durationOf(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(trimmed)) return undefined;
  let ms = 0;
  for (const [, amount = '', unit = ''] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g))
    ms += Number(amount) * UNIT_MS[unit]!;
  return ms;
}

function number(text: string | null): number | undefined {
  if (text === null || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return undefined;
  return Number(text);
}
