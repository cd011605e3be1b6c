export { VirtualClock, type VirtualClockOptions } from '../runtime/virtual-clock.ts';
export { type SeededRandom, seededRandom } from './seeded-random.ts';
