import type { AlgorithmName } from '../../domain/algorithm.ts';
import type { BuiltInPolicy } from '../built-in-policy.ts';
import { AdaptivePolicy } from './adaptive.ts';
import { LeastConnections } from './least-connections.ts';
import { LeastResponseTime } from './least-response-time.ts';
import { PerformanceBased } from './performance-based.ts';
import { ResourceBased } from './resource-based.ts';
import { RoundRobin } from './round-robin.ts';
import { WeightedRoundRobin } from './weighted-round-robin.ts';

const MAKERS: Readonly<Record<AlgorithmName, () => BuiltInPolicy>> = {
  'round-robin': () => new RoundRobin(),
  'weighted-round-robin': () => new WeightedRoundRobin(),
  'least-connections': () => new LeastConnections(),
  'least-response-time': () => new LeastResponseTime(),
  'resource-based': () => new ResourceBased(),
  'performance-based': () => new PerformanceBased(),
  adaptive: () => new AdaptivePolicy(),
};

/** A fresh policy of a built-in algorithm, with nothing remembered. */
export const createPolicy = (name: AlgorithmName): BuiltInPolicy => MAKERS[name]();
