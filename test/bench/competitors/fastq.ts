import fastq from 'fastq';
import { type Contender, noop, SLOTS } from '../contender.ts';

export const bareFastq: Contender = {
  label: 'fastq',
  package: 'fastq',
  features: 'concurrency',
  start() {
    const queue = fastq.promise<unknown, unknown>(noop, SLOTS);
    return { run: (n) => queue.push(n), stop: () => queue.kill() };
  },
};
