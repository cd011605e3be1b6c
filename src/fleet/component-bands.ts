import { type ComponentTable, ServingState } from './component-table.ts';
import { type Band, bandOf, lowerBand } from './load-bands.ts';

const { operational } = ServingState;

/** Whether a component works and the slots taken are in a higher band than its own: then its statechart must move. */
export const isAboveBand = ({ servingState, taken, edges }: ComponentTable, i: number): boolean =>
  servingState[i] === operational && taken[i]! >= edges.upperEdge(i);

/** Whether the slots taken are below the lower edge of its band, in which case it leaves the band after `bandDwellMs`. */
export const isBelowBand = ({ taken, edges }: ComponentTable, i: number): boolean => taken[i]! < edges.lowerEdge(i);

/** Whether there is a lower band and its load is at or above the edge to it. */
export const isWithinBand = ({ taken, edges }: ComponentTable, i: number): boolean =>
  edges.lowerEdge(i) > 0 && taken[i]! >= edges.lowerEdge(i);

/** The band that its load is in, without hysteresis. */
export const bandNow = ({ taken, capacity, edges }: ComponentTable, i: number): Band =>
  bandOf(taken[i]!, capacity[i]!, edges.at);

/** The band that its load is in once it has left its present band downwards. */
export const lowerBandNow = ({ band, taken, capacity, edges }: ComponentTable, i: number): Band =>
  lowerBand(band[i]!, taken[i]!, capacity[i]!, edges.at);
