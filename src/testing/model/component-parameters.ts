import type { ComponentSpec } from '../../domain/component.ts';
import { parseComponent, parseSettings } from '../../domain/config.ts';
import type { BalancerSettings } from '../../domain/settings.ts';

export type BandName = 'available' | 'busy' | 'overloaded';

/** Low edge of the bands' hysteresis. */
const HYSTERESIS = 0.1;
const RAMP_START = 0.1;
/** Steps of the slow start after which the model looks: at its beginning, after the first, before the last. */
const RAMP_LAPS = [0, 1, 19] as const;
const RAMP_STEPS = 20;

/** What the model must know of a component: numbers that follow from its spec, written down anew. */
export interface ComponentShape {
  readonly id: string;
  readonly capacity: number;
  /** Some other component serves what it serves, so that its work can fail over. */
  readonly mayMove: boolean;
  /** It is probed by its check rather than by real requests. */
  readonly checked: boolean;
  /** The slow start's length, ms, and how many looks the model takes at it (0: there is none). */
  readonly slowStartMs: number;
  readonly laps: number;
  /** Whether a resumed component starts slowly as well. */
  readonly warmNew: boolean;
  /** The longest that it stays isolated after its k-th failure in a row, ms. */
  readonly longestCooldownMs: (k: number) => number;
  bandOf(taken: number): BandName;
  /** The band that is left downwards, after `bandDwellMs`. */
  sunkenBand(band: BandName, taken: number): BandName;
  /** Slots that it has open at a lap of its slow start. */
  slotsAt(lap: number): number;
  /** How much of running work may not run twice: that is awaited when the component fails, the rest moves. */
  keptOf(taken: number): number;
}

/** After how many steps of the slow start a lap ends. */
export const rampStepsAt = (lap: number): number => RAMP_LAPS[lap] ?? RAMP_STEPS;

/**
 * @param peers the other components of the fleet.
 * @throws InvalidConfigError
 */
export function shapeOf(
  spec: ComponentSpec,
  peers: readonly ComponentSpec[],
  settings: BalancerSettings = {},
): ComponentShape {
  const { id, maxConcurrentTasks: capacity, serves, check } = parseComponent(spec);
  const { recovery, highLoadThreshold: high, overloadThreshold: over } = parseSettings(settings);
  const { slowStartMs, warmNew, baseDelayMs, maxDelayMs, jitter } = recovery;
  const edge = (share: number): number => Math.ceil(share * capacity - 1e-9);
  const isBelow = (threshold: number, taken: number): boolean =>
    taken < Math.max((threshold - HYSTERESIS) * capacity, 1);
  // the kit's work for a component is of the first type that it serves
  const mayMove = peers.some((peer) => peer.serves?.includes(workTypeOf({ serves })) ?? true);
  return {
    id,
    capacity,
    mayMove,
    checked: check !== undefined,
    slowStartMs,
    laps: slowStartMs === 0 ? 0 : RAMP_LAPS.length,
    warmNew,
    longestCooldownMs: (k) => Math.min(maxDelayMs, baseDelayMs * 2 ** (k - 1)) * (1 + jitter),
    bandOf: (taken) => (taken >= edge(over) ? 'overloaded' : taken >= edge(high) ? 'busy' : 'available'),
    sunkenBand(band, taken) {
      if (band === 'available' || isBelow(high, taken)) return 'available';
      return band === 'overloaded' && !isBelow(over, taken) ? 'overloaded' : 'busy';
    },
    slotsAt(lap) {
      const share = RAMP_START + (1 - RAMP_START) * (rampStepsAt(lap) / RAMP_STEPS);
      return Math.max(1, Math.ceil(capacity * share - 1e-9));
    },
    keptOf: (taken) => (mayMove ? Math.min(1, taken) : taken),
  };
}

/** The type of the requests that the kit sends to a component: the first that it serves. */
export const workTypeOf = ({ serves }: Pick<ComponentSpec, 'serves'>): string => serves?.[0] ?? 'GENERAL';
