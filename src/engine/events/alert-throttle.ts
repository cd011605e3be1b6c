import type { AlertKind } from '../../domain/events.ts';

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

/**
 * Keeps alerts few: one per kind and component within the cooldown, and so many an hour over all. What is held back is
 * counted, and the count comes with the next one of its kind and component.
 */
export class AlertThrottle {
  raised = 0;
  suppressed = 0;
  /** How many were raised of each kind. */
  readonly raisedByKind = new Map<AlertKind, number>();
  /** By component, `undefined` for the balancer itself, and by kind. */
  private readonly series = new Map<string | undefined, Map<AlertKind, Series>>();
  /** When the alerts of the last hour were raised, oldest first. */
  private readonly lastHour: number[] = [];

  /**
   * @param t ms since the balancer's time 0.
   * @param cooldownMs `alertCooldownMs`, default 300,000.
   * @param maxPerHour `maxAlertsPerHour`, default 20; 0: none at all.
   */
  raise(
    kind: AlertKind,
    componentId: string | undefined,
    t: number,
    cooldownMs: number,
    maxPerHour: number,
  ): AlertVerdict {
    const series = this.seriesOf(kind, componentId);
    while (this.lastHour.length > 0 && t - this.lastHour[0]! >= HOUR_MS) this.lastHour.shift();
    if (t - series.raisedAt < cooldownMs || this.lastHour.length >= maxPerHour) {
      this.suppressed++;
      return { raised: false, suppressed: ++series.suppressed };
    }
    this.raised++;
    this.raisedByKind.set(kind, (this.raisedByKind.get(kind) ?? 0) + 1);
    this.lastHour.push(t);
    const { suppressed } = series;
    series.raisedAt = t;
    series.suppressed = 0;
    return { raised: true, suppressed };
  }

  /** A component has left: its alerts begin anew should one of the same id come. */
  forget(componentId: string): void {
    this.series.delete(componentId);
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
