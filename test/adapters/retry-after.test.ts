import { describe, expect, it } from 'vitest';
import { retryAfterFrom } from '../../src/index.ts';

const NOW = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');

describe('retryAfterFrom', () => {
  it.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ 'Retry-After': '120' }, 120_000],
    [{ 'Retry-After': '0' }, 0],
    [{ 'Retry-After': '1.5' }, 1_500],
    [{ 'Retry-After': 'Wed, 21 Oct 2026 07:28:30 GMT' }, 30_000],
    [{ 'Retry-After': 'Wed, 21 Oct 2020 07:28:30 GMT' }, 0],
    [{ 'Retry-After': 'soon' }, undefined],
    [{ 'Retry-After': '-5' }, undefined],
    [{ 'retry-after-ms': '250', 'Retry-After': '1' }, 250],
    [{ 'x-ratelimit-reset-after': '0.75' }, 750],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1_000 + 42) }, 42_000],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW + 42) }, 42],
    [{ 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': '42' }, undefined],
    [{ 'ratelimit-remaining': '0', 'ratelimit-reset': '7' }, 7_000],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m30s' }, 90_000],
    [
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '20ms',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '1.5s',
      },
      1_500,
    ],
    [{ 'x-ratelimit-remaining': '0' }, undefined],
  ])('of %j is %s ms', (headers, ms) => {
    expect(retryAfterFrom(new Response(null, { status: 429, headers }), NOW)).toBe(ms);
  });

  it('goes by the clock of the machine where none is given', () => {
    const headers = { 'Retry-After': new Date(Date.now() + 3_600_000).toUTCString() };
    expect(retryAfterFrom(new Response(null, { headers }))).toBeGreaterThan(3_500_000);
  });
});
