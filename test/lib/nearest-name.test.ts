import { describe, expect, it } from 'vitest';
import { didYouMean, nearestName } from '../../src/lib/nearest-name.ts';

describe('the name that was probably meant', () => {
  const names = ['algorithm', 'logger', 'retry', 'retryBudget', 'cpu'];

  it.for<[string, string | undefined]>([
    ['algoritm', 'algorithm'],
    ['algorihtm', 'algorithm'],
    ['Logger', 'logger'],
    ['RETRY', 'retry'],
    ['retry_budget', 'retryBudget'],
    ['cp', 'cpu'],
    ['gpu', 'cpu'],
    ['gpx', undefined],
    ['maxQueueSize', undefined],
    ['', undefined],
    ['algorithm'.repeat(1_000), undefined],
  ])('%s: %s', ([given, meant]) => {
    expect(nearestName(given, names)).toBe(meant);
  });

  it('is the first of several that are as near, and nothing where there is none', () => {
    expect(nearestName('bat', ['cat', 'hat'])).toBe('cat');
    expect(nearestName('bat', [])).toBeUndefined();
    expect([didYouMean('lger', names), didYouMean('lger', names, "'"), didYouMean('x', names)]).toEqual([
      ' (did you mean "logger"?)',
      " (did you mean 'logger'?)",
      '',
    ]);
  });
});
