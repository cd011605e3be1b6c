import { type Contender, noop } from '../contender.ts';

/** The floor: what the loop and the handler cost by themselves. */
export const nothing: Contender = {
  label: 'no library',
  package: undefined,
  features: 'the handler is called',
  start: () => ({ run: noop, stop: () => {} }),
};
