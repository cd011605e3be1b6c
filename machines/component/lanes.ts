import type { SnapshotFrom } from 'xstate';
import { Standing } from '../../src/ledgers/component-ledger.ts';
import { BAND_EVENT, bandOf, rises, sunkenBand } from './bands.ts';
import type { componentMachine } from './component.machine.ts';
import type { ComponentControl } from './events.ts';

type Snapshot = SnapshotFrom<typeof componentMachine>;

const TO_BAND: readonly (readonly [ComponentControl])[] = BAND_EVENT.map((event) => [event] as const);
const FINISHED: readonly [ComponentControl] = [{ type: 'work.finished' }];

/**
 * The per-request events of a component actor. A band is entered upwards at once; downwards the balancer's wheel asks
 * again (`load.dwelled`) after the load has stayed below for the dwell.
 */
export const componentLanes = {
  'request.assign'({ context }: Snapshot): readonly ComponentControl[] | undefined {
    const { ledger, index } = context;
    const at = context.thresholds();
    return rises(ledger, index, at) ? TO_BAND[bandOf(ledger, index, at)] : undefined;
  },

  'request.released'({ context }: Snapshot): readonly ComponentControl[] | undefined {
    const { ledger, index } = context;
    return ledger.taken[index] === 0 && ledger.standing[index] === Standing.draining ? FINISHED : undefined;
  },

  'load.regauge'({ context }: Snapshot): readonly ComponentControl[] | undefined {
    const { ledger, index } = context;
    if (ledger.standing[index] !== Standing.operational) return undefined;
    const band = bandOf(ledger, index, context.thresholds());
    return band === ledger.band[index] ? undefined : TO_BAND[band];
  },

  'load.dwelled'({ context }: Snapshot): readonly ComponentControl[] | undefined {
    const { ledger, index } = context;
    if (ledger.standing[index] !== Standing.operational) return undefined;
    const band = sunkenBand(ledger, index, context.thresholds());
    return band < ledger.band[index]! ? TO_BAND[band] : undefined;
  },
};
