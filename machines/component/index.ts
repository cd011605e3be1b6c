import { withFastLane } from '../fast-lane.ts';
import { componentMachine } from './component.machine.ts';
import { componentLanes } from './lanes.ts';

/** The component actor: its statechart, with the slots of its ledger on the fast lane. */
export const componentLogic = withFastLane(componentMachine, componentLanes);
