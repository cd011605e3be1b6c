import { type ComponentLedger, Standing } from '../../src/fleet/component-table.ts';
import { type Band, bandOf, sunkenBand } from '../../src/fleet/load-bands.ts';

const { operational } = Standing;

/** Whether a component works and the slots taken are in a higher band than its own: then its statechart must move. */
export const rises = ({ standing, taken, edges }: ComponentLedger, i: number): boolean =>
  standing[i] === operational && taken[i]! >= edges.rise(i);

/** Whether the slots taken are below the lower edge of its band, in which case it leaves it after the dwell. */
export const hasSunk = ({ taken, edges }: ComponentLedger, i: number): boolean => taken[i]! < edges.sink(i);

/** Whether it could sink to a lower band, but its load is not, or not any more, below the edge. */
export const hasNotSunk = ({ taken, edges }: ComponentLedger, i: number): boolean =>
  edges.sink(i) > 0 && taken[i]! >= edges.sink(i);

/** The band that its load is in, without hysteresis. */
export const gauge = ({ taken, capacity, edges }: ComponentLedger, i: number): Band =>
  bandOf(taken[i]!, capacity[i]!, edges.at);

/** The band that its load has sunk to. */
export const gaugeSunken = ({ band, taken, capacity, edges }: ComponentLedger, i: number): Band =>
  sunkenBand(band[i]!, taken[i]!, capacity[i]!, edges.at);

/** The control event that leads to a band. */
export const BAND_EVENT = [{ type: 'load.available' }, { type: 'load.busy' }, { type: 'load.overloaded' }] as const;
