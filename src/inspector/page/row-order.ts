import { useEffect, useRef, useState } from 'preact/hooks';
import type { Row } from '../protocol.ts';
import { worstFirst } from '../view-state.ts';

/** Rows change their places at most so often, so that a person can point at one. */
const SORT_EVERY_MS = 2_000;

/** Ids in the order of the list: pinned ones first, then worst first; sorted anew now and then, at once for a filter. */
export function useOrder(rows: readonly Row[], filter: string, pins: ReadonlySet<string>): readonly string[] {
  const [order, setOrder] = useState<readonly string[]>([]);
  const latest = useRef(rows);
  latest.current = rows;
  const sort = (): void => {
    const words = filter.trim().toLowerCase();
    const fits = ({ id, status, state }: Row): boolean =>
      words === '' || id.toLowerCase().includes(words) || status.toLowerCase() === words || state.includes(words);
    const sorted = latest.current
      .filter(fits)
      .sort((a, b) => Number(pins.has(b.id)) - Number(pins.has(a.id)) || worstFirst(a, b));
    const ids = sorted.map(({ id }) => id);
    setOrder((before) => (before.length === ids.length && before.every((id, k) => id === ids[k]) ? before : ids));
  };
  const count = rows.length;
  // rows are read through the ref, when the interval says so
  useEffect(() => {
    sort();
    const timer = setInterval(sort, SORT_EVERY_MS);
    return () => clearInterval(timer);
  }, [filter, pins, count]);
  return order;
}
