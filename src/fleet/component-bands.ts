import { type ComponentTable, ServingState } from './component-table.ts';
import { type Band, bandOf, lowerBand } from './load-bands.ts';

const { operational } = ServingState;

/** Whether a component works and the slots taken are in a higher band than its own: then its statechart must move. */
export const isAboveBand = ({ servingState, taken, edges }: ComponentTable, i: number): boolean =>
  servingState[i] === operational && taken[i]! >= edges.upperEdge(i);

/** Whether the slots taken are below the lower edge of its band, in which case it leaves it after the dwell. */
export const isBelowBand = ({ taken, edges }: ComponentTable, i: number): boolean => taken[i]! < edges.lowerEdge(i);

/** Whether it could sink to a lower band, but its load is not, or not any more, below the edge. */
export const isWithinBand = ({ taken, edges }: ComponentTable, i: number): boolean =>
  edges.lowerEdge(i) > 0 && taken[i]! >= edges.lowerEdge(i);

/** The band that its load is in, without hysteresis. */
export const bandNow = ({ taken, capacity, edges }: ComponentTable, i: number): Band =>
  bandOf(taken[i]!, capacity[i]!, edges.at);

/** The band that its load has sunk to. */
export const lowerBandNow = ({ band, taken, capacity, edges }: ComponentTable, i: number): Band =>
  lowerBand(band[i]!, taken[i]!, capacity[i]!, edges.at);
