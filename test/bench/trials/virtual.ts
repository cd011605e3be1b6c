import { type Clock, type ComponentSpec, LoadBalancer, PRIORITIES } from 'plimsoll';
import { seededRandom, VirtualClock } from 'plimsoll/testing';
import { fleet } from '../competitors/plimsoll.ts';
import { SLOTS } from '../contender.ts';
import { slope } from '../statistics.ts';
import { settledHeap } from './heap.ts';

const SERVICE_MS = 20;

type Draw = () => number;

const exponential = (random: Draw, mean: number): number => -Math.log(1 - random()) * mean;

/** Handlers that take exponentially distributed times on the clock. */
const serving =
  (clock: Clock, random: Draw): ComponentSpec['handler'] =>
  () =>
    new Promise((resolve) => {
      clock.setTimeout(() => resolve(undefined), exponential(random, SERVICE_MS));
    });

function startVirtual(clock: Clock, random: Draw): Promise<LoadBalancer> {
  return LoadBalancer.start({
    components: fleet(7, serving(clock, random)),
    maxQueueSize: 100_000,
    clock,
    random,
    statePath: null,
    logger: false,
  });
}

/** Poisson arrivals, so many a second, from now on until `count` have been handed in. */
function arrivals(balancer: LoadBalancer, clock: Clock, random: Draw, perSecond: number, count: number): void {
  let n = 0;
  const arrive = (): void => {
    balancer.submitRequest({
      type: 'GENERAL',
      priority: PRIORITIES[n % 5]!,
      payload: n,
      deadline: clock.now() + 10_000,
    });
    if (++n < count) clock.setTimeout(arrive, exponential(random, 1_000 / perSecond));
  };
  clock.setTimeout(arrive, exponential(random, 1_000 / perSecond));
}

const MONITORS: ReadonlySet<unknown> = new Set(['request-processor', 'load-monitor', 'health-checker', 'optimizer']);

export interface SteadyParams {
  /** Share of the capacity that is asked for. */
  readonly load: number;
  readonly requests: number;
}

export interface Steady {
  readonly requestsPerSecond: number;
  /** Statechart steps of the balancer, its components and its monitors, per million requests. */
  readonly transitionsPerMillion: number;
  /** Those of the monitors, which go by time, not by requests. */
  readonly monitorsPerMillion: number;
  readonly bandChangesPerMillion: number;
  readonly completed: number;
}

/** How often a statechart moves under a steady load of exponential work. */
export async function steady({ load, requests }: SteadyParams): Promise<Steady> {
  const clock = new VirtualClock();
  const random = seededRandom(4);
  const balancer = await startVirtual(clock, random);
  let transitions = 0;
  let ofMonitors = 0;
  let bandChanges = 0;
  const perSecond = (load * SLOTS * 1_000) / SERVICE_MS;
  const warmUp = Math.round(requests / 10);
  arrivals(balancer, clock, random, perSecond, warmUp + requests);
  await clock.advance((warmUp * 1_000) / perSecond);
  const inspection = balancer.actor.system.inspect((event) => {
    if (event.type !== '@xstate.microstep' || event._transitions.length === 0) return;
    transitions++;
    if ('id' in event.actorRef && MONITORS.has(event.actorRef.id)) ofMonitors++;
  });
  const off = balancer.on('component.statusChanged', () => bandChanges++);
  const before = balancer.getLoadBalancingMetrics().requests.submitted;
  await clock.advance((requests * 1_000) / perSecond);
  const { submitted, completed } = balancer.getLoadBalancingMetrics().requests;
  inspection.unsubscribe();
  off();
  const million = (count: number): number => (count * 1e6) / (submitted - before);
  const result = {
    requestsPerSecond: perSecond,
    transitionsPerMillion: million(transitions),
    monitorsPerMillion: million(ofMonitors),
    bandChangesPerMillion: million(bandChanges),
    completed,
  };
  await Promise.all([balancer.stopLoadBalancing({ drain: false }), clock.advance(1_000)]);
  return result;
}

export interface DayParams {
  readonly hours: number;
  readonly perSecond: number;
}

export interface Day {
  readonly requests: number;
  /** Slope of the heap from the third hour on. */
  readonly bytesPerHour: number;
  /** [hour, heap in MB] */
  readonly points: readonly (readonly [number, number])[];
}

/** Whether a balancer grows that runs for a day with all its monitors. */
export async function day({ hours, perSecond }: DayParams): Promise<Day> {
  const clock = new VirtualClock();
  const random = seededRandom(5);
  const balancer = await startVirtual(clock, random);
  const requests = hours * 3_600 * perSecond;
  arrivals(balancer, clock, random, perSecond, requests);
  const points: [number, number][] = [];
  for (let hour = 1; hour <= hours; hour++) {
    await clock.advance(3_600_000);
    points.push([hour, settledHeap()]);
  }
  await Promise.all([balancer.stopLoadBalancing({ drain: false }), clock.advance(1_000)]);
  return {
    requests,
    bytesPerHour: slope(points.slice(Math.min(2, points.length - 2))),
    points: points.map(([hour, bytes]) => [hour, bytes / 2 ** 20]),
  };
}
