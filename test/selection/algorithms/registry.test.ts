import { describe, expect, it } from 'vitest';
import { ALGORITHMS } from '../../../src/domain/algorithm.ts';
import { createPolicy } from '../../../src/selection/algorithms/registry.ts';

describe('the registry', () => {
  it.each(ALGORITHMS)('makes a fresh policy for %s', (name) => {
    expect(createPolicy(name).name).toBe(name);
    expect(createPolicy(name)).not.toBe(createPolicy(name));
  });
});
