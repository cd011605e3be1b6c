import type { Random } from '../domain/ports.ts';
import { containRejection } from './contain-rejection.ts';

/**
 * A user's source of chance that keeps to its contract: when it throws or answers anything but a number in [0, 1), the
 * fallback answers instead. A wrong number deep inside would be a wrong index.
 * @param fallback must keep to the contract.
 * @param complain told of the first mistake, and of no other: a source is asked thousands of times a second.
 */
export function checkedRandom(random: Random, fallback: Random, complain: (cause: unknown) => void): Random {
  let told = false;
  const tell = (cause: unknown): void => {
    if (told) return;
    told = true;
    complain(cause);
  };
  return () => {
    try {
      const drawn: unknown = random();
      if (typeof drawn === 'number' && drawn >= 0 && drawn < 1) return drawn;
      containRejection(drawn);
      tell(
        new RangeError(`random: expected a number in [0, 1), got ${typeof drawn === 'number' ? drawn : typeof drawn}`),
      );
    } catch (cause) {
      tell(cause);
    }
    return fallback();
  };
}
