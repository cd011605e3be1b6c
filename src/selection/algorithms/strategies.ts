import type { Strategy } from '../../domain/algorithm.ts';
import type { BuiltInPolicy } from '../built-in-policy.ts';
import { LeastConnections } from './least-connections.ts';
import { LeastResponseTime } from './least-response-time.ts';
import { PerformanceBased } from './performance-based.ts';
import { ResourceBased } from './resource-based.ts';
import { RoundRobin } from './round-robin.ts';
import { WeightedRoundRobin } from './weighted-round-robin.ts';

const MAKERS: Readonly<Record<Strategy, () => BuiltInPolicy>> = {
  'round-robin': () => new RoundRobin(),
  'weighted-round-robin': () => new WeightedRoundRobin(),
  'least-connections': () => new LeastConnections(),
  'least-response-time': () => new LeastResponseTime(),
  'resource-based': () => new ResourceBased(),
  'performance-based': () => new PerformanceBased(),
};

/** A fresh policy of one of the algorithms that adaptive chooses from, with nothing remembered. */
export const createStrategy = (name: Strategy): BuiltInPolicy => MAKERS[name]();
