import type { SnapshotFrom } from 'xstate';
import type { ComponentControl } from '../../src/engine/membership/component-messages.ts';
import { bandNow, isAboveBand, lowerBandNow } from '../../src/fleet/component-bands.ts';
import { ServingState } from '../../src/fleet/component-table.ts';
import type { componentMachine } from './component.machine.ts';

type Snapshot = SnapshotFrom<typeof componentMachine>;

/** The control event that leads to a band, by band. */
const TO_BAND: readonly (readonly [ComponentControl])[] = [
  [{ type: 'load.available' }],
  [{ type: 'load.busy' }],
  [{ type: 'load.overloaded' }],
];
const FINISHED: readonly [ComponentControl] = [{ type: 'work.finished' }];

/**
 * The per-request events of a component actor. A band is entered upwards at once; downwards after the load has stayed below
 * its edge for `bandDwellMs`, when the balancer's timer sends `load.dwellElapsed`.
 */
export const componentHandlers = {
  'request.assign'({ context }: Snapshot): readonly ComponentControl[] | undefined {
    const { table, index } = context;
    return isAboveBand(table, index) ? TO_BAND[bandNow(table, index)] : undefined;
  },

  'request.released'({ context }: Snapshot): readonly ComponentControl[] | undefined {
    const { table, index } = context;
    return table.taken[index] === 0 && table.servingState[index] === ServingState.draining ? FINISHED : undefined;
  },

  'load.reevaluate'({ context }: Snapshot): readonly ComponentControl[] | undefined {
    const { table, index } = context;
    if (table.servingState[index] !== ServingState.operational) return undefined;
    const band = bandNow(table, index);
    return band === table.band[index] ? undefined : TO_BAND[band];
  },

  'load.dwellElapsed'({ context }: Snapshot): readonly ComponentControl[] | undefined {
    const { table, index } = context;
    if (table.servingState[index] !== ServingState.operational) return undefined;
    const band = lowerBandNow(table, index);
    return band < table.band[index]! ? TO_BAND[band] : undefined;
  },
};
