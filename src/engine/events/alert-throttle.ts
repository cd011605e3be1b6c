import type { AlertKind, Severity } from '../../domain/events.ts';

const HOUR_MS = 3_600_000;

/** What became of an alert. */
export interface AlertVerdict {
  readonly raised: boolean;
  /** Alerts of this kind and component held back since the last one that was raised. */
  readonly suppressed: number;
}

interface Series {
  raisedAt: number;
  suppressed: number;
}

/** What says that there is much to do. It comes in numbers, and must not use up what failures need. */
const ABOUT_LOAD: ReadonlySet<AlertKind> = new Set<AlertKind>(['highLoad', 'overload', 'shedding', 'queueNearlyFull']);

/**
 * Keeps alerts few: one per kind and component within the cooldown, and so many an hour of each severity; kinds about load have
 * as many each of their own. What is held back is counted, and the count comes with the next one of its kind and component.
 */
export class AlertThrottle {
  raised = 0;
  suppressed = 0;
  /** How many were raised of each kind. */
  readonly raisedByKind = new Map<AlertKind, number>();
  /** By component, `undefined` for the balancer itself, and by kind. */
  private readonly series = new Map<string | undefined, Map<AlertKind, Series>>();
  /** When the alerts of the last hour were raised, oldest first, by what they share a budget with. */
  private readonly lastHour = new Map<AlertKind | Severity, number[]>();

  /**
   * @param t ms since the balancer's time 0.
   * @param cooldownMs `alertCooldownMs`, default 300,000.
   * @param maxPerHour `maxAlertsPerHour`, default 20; 0: none at all.
   * @param severity has a budget of its own, except for kinds about load.
   */
  raise(
    kind: AlertKind,
    componentId: string | undefined,
    t: number,
    cooldownMs: number,
    maxPerHour: number,
    severity: Severity = 'ERROR',
  ): AlertVerdict {
    const series = this.seriesOf(kind, componentId);
    const lastHour = this.lastHourOf(ABOUT_LOAD.has(kind) ? kind : severity);
    while (lastHour.length > 0 && t - lastHour[0]! >= HOUR_MS) lastHour.shift();
    if (t - series.raisedAt < cooldownMs || lastHour.length >= maxPerHour) {
      this.suppressed++;
      return { raised: false, suppressed: ++series.suppressed };
    }
    this.raised++;
    lastHour.push(t);
    this.raisedByKind.set(kind, (this.raisedByKind.get(kind) ?? 0) + 1);
    const { suppressed } = series;
    series.raisedAt = t;
    series.suppressed = 0;
    return { raised: true, suppressed };
  }

  /** A component has left: its alerts begin anew should one of the same id come. */
  forget(componentId: string): void {
    this.series.delete(componentId);
  }

  private lastHourOf(budget: AlertKind | Severity): number[] {
    let times = this.lastHour.get(budget);
    if (times === undefined) {
      times = [];
      this.lastHour.set(budget, times);
    }
    return times;
  }

  private seriesOf(kind: AlertKind, componentId: string | undefined): Series {
    let kinds = this.series.get(componentId);
    if (kinds === undefined) {
      kinds = new Map();
      this.series.set(componentId, kinds);
    }
    let series = kinds.get(kind);
    if (series === undefined) {
      series = { raisedAt: Number.NEGATIVE_INFINITY, suppressed: 0 };
      kinds.set(kind, series);
    }
    return series;
  }
}
