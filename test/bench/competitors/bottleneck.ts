import Bottleneck from 'bottleneck';
import { type Contender, noop, SLOTS } from '../contender.ts';

export const bottleneck: Contender = {
  label: 'bottleneck',
  package: 'bottleneck',
  features: 'concurrency, five priorities',
  start() {
    const limiter = new Bottleneck({ maxConcurrent: SLOTS });
    return {
      run: (n) => limiter.schedule({ priority: n % 5 }, noop, n),
      stop: () => limiter.disconnect(),
    };
  },
};
