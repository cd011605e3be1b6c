import type { AlertKind, Severity } from '../../domain/events.ts';
import type { Forecast } from '../../domain/metrics.ts';
import type { MessageSink } from '../messages.ts';

/** What the monitors tell the balancer. They only read; the balancer acts. */
export type MonitorReport =
  /** request-processor: something on the wheel is due. */
  | { readonly type: 'timer.fired'; readonly processor: MessageSink }
  /** load-monitor: a cycle is over; alerts that the load calls for. */
  | { readonly type: 'load.sampled'; readonly alerts: readonly LoadAlert[] }
  /** health-checker: a round of checks is due. */
  | { readonly type: 'health.roundDue' }
  /** optimizer: what it found. */
  | { readonly type: 'optimizer.advised'; readonly advice: Advice };

export interface LoadAlert {
  readonly kind: AlertKind;
  readonly severity: Severity;
  readonly componentId: string | undefined;
  readonly message: string;
}

/** What a cycle of the optimizer recommends. */
export interface Advice {
  /** New weight by component index, where it changes. */
  readonly weights: ReadonlyMap<number, number>;
  readonly forecast: Forecast;
  readonly scaling: 'up' | 'down' | undefined;
}
