import type { Command } from './command.ts';
import { simulateWith } from './simulation/run.ts';

/** `plimsoll simulate`: one algorithm (or several side by side) on a scenario. */
export const simulateCommand: Command = (args) => simulateWith({ name: 'simulate', algorithms: ['adaptive'] }, args);
