import type { SnapshotFrom } from 'xstate';
import { Standing } from '../../src/fleet/component-table.ts';
import { BAND_EVENT, gauge, gaugeSunken, rises } from './bands.ts';
import type { componentMachine } from './component.machine.ts';
import type { ComponentControl } from './messages.ts';

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
    return rises(ledger, index) ? TO_BAND[gauge(ledger, index)] : undefined;
  },

  'request.released'({ context }: Snapshot): readonly ComponentControl[] | undefined {
    const { ledger, index } = context;
    return ledger.taken[index] === 0 && ledger.standing[index] === Standing.draining ? FINISHED : undefined;
  },

  'load.regauge'({ context }: Snapshot): readonly ComponentControl[] | undefined {
    const { ledger, index } = context;
    if (ledger.standing[index] !== Standing.operational) return undefined;
    const band = gauge(ledger, index);
    return band === ledger.band[index] ? undefined : TO_BAND[band];
  },

  'load.dwelled'({ context }: Snapshot): readonly ComponentControl[] | undefined {
    const { ledger, index } = context;
    if (ledger.standing[index] !== Standing.operational) return undefined;
    const band = gaugeSunken(ledger, index);
    return band < ledger.band[index]! ? TO_BAND[band] : undefined;
  },
};
