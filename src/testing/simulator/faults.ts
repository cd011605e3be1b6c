import { type SimClock, SimEvent } from './event-clock.ts';
import type { Fault, Scenario } from './scenario.ts';
import { type Condition, HEALTHY, type SimulatedServer } from './simulated-server.ts';

/** Steps in which a cold start gains its speed. */
const COLD_STEPS = 20;

/** Sends a command about a component to the balancer. */
export type Command = (type: 'component.drain' | 'component.resume' | 'component.fail' | 'component.recover') => void;

/** One thing that changes at one instant. */
class Change extends SimEvent {
  readonly fire: () => void;

  constructor(fire: () => void) {
    super();
    this.fire = fire;
  }
}

/** The faults of one component: what is active now, put together. */
class Patient {
  private readonly station: SimulatedServer;
  private readonly active = new Map<Fault, Partial<Condition>>();

  constructor(station: SimulatedServer) {
    this.station = station;
  }

  suffer(fault: Fault, symptom: Partial<Condition> | undefined): void {
    if (symptom === undefined) this.active.delete(fault);
    else this.active.set(fault, symptom);
    const all = [...this.active.values()];
    this.station.become({
      slowness: all.reduce((product, { slowness = 1 }) => product * slowness, 1),
      failingShare: 1 - all.reduce((product, { failingShare = 0 }) => product * (1 - failingShare), 1),
      failLatencyMs:
        all.findLast(({ failLatencyMs }) => failLatencyMs !== undefined)?.failLatencyMs ?? HEALTHY.failLatencyMs,
      hangs: all.some(({ hangs }) => hangs === true),
      crashed: all.some(({ crashed }) => crashed === true),
    });
  }
}

/** Puts every change of a scenario's faults on the clock. */
export function scheduleFaults(
  { faults }: Scenario,
  clock: SimClock,
  stationOf: (id: string) => SimulatedServer,
  commandOf: (id: string) => Command,
): void {
  const patients = new Map<SimulatedServer, Patient>();
  const at = (t: number, change: () => void): void => clock.schedule(new Change(change), t);
  for (const fault of faults) {
    const station = stationOf(fault.component);
    const patient = patients.get(station) ?? new Patient(station);
    patients.set(station, patient);
    const suffer = (symptom?: Partial<Condition>) => () => patient.suffer(fault, symptom);
    const from = fault.atMs;
    const to = from + fault.forMs;
    switch (fault.kind) {
      case 'drain':
        at(from, () => commandOf(fault.component)('component.drain'));
        at(to, () => commandOf(fault.component)('component.resume'));
        continue;
      case 'down':
        // the command alone would be over with the first probes: they would find it well
        at(from, suffer({ crashed: true }));
        at(from, () => commandOf(fault.component)('component.fail'));
        at(to, suffer());
        at(to, () => commandOf(fault.component)('component.recover'));
        continue;
      case 'slow':
        at(from, suffer({ slowness: fault.factor }));
        break;
      case 'failing':
        at(from, suffer({ failingShare: fault.share, failLatencyMs: fault.latencyMs }));
        break;
      case 'hang':
        at(from, suffer({ hangs: true }));
        break;
      case 'crash':
        at(from, suffer({ crashed: true, failLatencyMs: fault.latencyMs }));
        break;
      case 'flap':
        for (let t = from; t < to; t += fault.periodMs) {
          at(t, suffer({ crashed: true, failLatencyMs: fault.latencyMs }));
          at(Math.min(to, t + fault.periodMs * fault.share), suffer());
        }
        break;
      case 'coldStart':
        for (let k = 0; k < COLD_STEPS; k++) {
          // speed, not slowness, rises in a straight line: from 1/factor to 1
          const speed = 1 / fault.factor + (1 - 1 / fault.factor) * (k / COLD_STEPS);
          at(from + (fault.forMs * k) / COLD_STEPS, suffer({ slowness: 1 / speed }));
        }
        break;
    }
    at(to, suffer());
  }
}
