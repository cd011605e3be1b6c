import { ALGORITHMS } from '../domain/algorithm.ts';
import type { Command } from './command.ts';
import { simulateWith } from './simulation/run.ts';

/** `plimsoll compare`: which algorithm for this fleet? */
export const compareCommand: Command = (args) => simulateWith({ name: 'compare', algorithms: ALGORITHMS }, args);
