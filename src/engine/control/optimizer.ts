import type { Forecast } from '../../domain/metrics.ts';
import type { ResolvedSettings } from '../../domain/settings.ts';
import { type ComponentTable, ServingState } from '../../fleet/component-table.ts';
import type { RateLimits } from '../../fleet/rate-limits.ts';
import type { PerformanceStats } from '../../fleet/performance-stats.ts';
import { ArrivalForecast, ScalingAdvisor } from '../../learning/load-forecast.ts';
import { adjustWeights, type WeightSample } from '../../learning/weight-adaptation.ts';
import type { OutcomeStats } from '../../requests/outcome-stats.ts';
import type { Advice } from './monitor-messages.ts';

/** What the optimizer may read. */
export interface OptimizerView {
  readonly components: ComponentTable;
  readonly performance: PerformanceStats;
  readonly rateLimits: RateLimits;
  readonly outcomes: OutcomeStats;
  /** The weight that the user gave a component. */
  readonly configuredWeight: (index: number) => number;
  readonly settings: () => ResolvedSettings;
  /** ms since the balancer's time 0. */
  readonly now: () => number;
}

/** What the optimizer remembers between its cycles, and the advice it makes of it. Reads the tables, changes none. */
export class Optimizer {
  private readonly view: OptimizerView;
  private readonly arrivals = new ArrivalForecast();
  private readonly scaling = new ScalingAdvisor();
  private submitted = 0;
  private at: number;

  constructor(view: OptimizerView) {
    this.view = view;
    this.at = view.now();
  }

  cycle(): Advice {
    const forecast = this.forecast();
    return {
      weights: this.weights(),
      forecast,
      scaling: this.scaling.advise(forecast.upperUtilization),
    };
  }

  private weights(): ReadonlyMap<number, number> {
    const { components, performance, settings, now, configuredWeight } = this.view;
    if (!settings().weightAdaptation) return new Map();
    const indices: number[] = [];
    const samples: WeightSample[] = [];
    for (let i = 0; i < components.high; i++) {
      if (components.servingState[i] !== ServingState.operational) continue;
      indices.push(i);
      samples.push({
        weight: components.weight[i]!,
        configured: configuredWeight(i),
        latency: performance.longMean(i),
        samples: performance.longEvidence(i, now()),
      });
    }
    const changed = new Map<number, number>();
    for (const [k, weight] of adjustWeights(samples, settings().weights).entries()) {
      if (weight !== samples[k]!.weight) changed.set(indices[k]!, weight);
    }
    return changed;
  }

  /** Arrivals to come against what the operational slots can finish at the present mean service time, and rate limits let through. */
  private forecast(): Forecast {
    const { outcomes, components, performance, rateLimits, now } = this.view;
    const t = now();
    const submitted = outcomes.totalSubmitted;
    const seconds = (t - this.at) / 1000;
    if (seconds > 0) this.arrivals.observe((submitted - this.submitted) / seconds);
    this.submitted = submitted;
    this.at = t;
    let capacity = 0;
    for (let i = 0; i < components.high; i++) {
      const mean = performance.meanResponseMs(i);
      if (components.servingState[i] === ServingState.operational && mean > 0)
        capacity += Math.min(components.slots[i]! / mean, rateLimits.requestsPerMs(i)) * 1000;
    }
    const { expected, upper } = this.arrivals.ahead();
    return {
      arrivalsPerSecond: expected,
      upperPerSecond: upper,
      utilization: capacity > 0 ? expected / capacity : 0,
      upperUtilization: capacity > 0 ? upper / capacity : 0,
    };
  }
}
