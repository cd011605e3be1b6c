import { backlog } from './backlog.ts';
import { churn } from './churn.ts';
import { componentBytes, heapSlope } from './heap.ts';
import { picks } from './picks.ts';
import { day, steady } from './virtual.ts';

/** What is measured of plimsoll alone, each in a process of its own. */
export const trials = { backlog, churn, componentBytes, day, heapSlope, picks, steady };

export type Trials = typeof trials;
export type TrialName = keyof Trials;
