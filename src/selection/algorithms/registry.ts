import type { AlgorithmName } from '../../domain/algorithm.ts';
import type { BuiltInPolicy } from '../built-in-policy.ts';
import { AdaptivePolicy } from './adaptive.ts';
import { createStrategy } from './strategies.ts';

/** A fresh policy of a built-in algorithm, with nothing remembered. */
export const createPolicy = (name: AlgorithmName): BuiltInPolicy =>
  name === 'adaptive' ? new AdaptivePolicy() : createStrategy(name);
