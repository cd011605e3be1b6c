import { LatencyStatsPool } from '../lib/histogram/latency-stats.ts';
import type { AttemptEnvironment } from '../requests/attempt-context.ts';
import type { Attempt, Job, JobCallbacks } from '../requests/job.ts';
import { endAttempt, startAttempt } from './execution/attempts.ts';
import { abandon, onJobTimer } from './execution/timeouts.ts';
import { onCheckTimeout } from './health/checks.ts';
import type { BandTimer, RecordCallbacks, RunningCheck } from './membership/component-record.ts';
import { dwellOver } from './overload/band-timers.ts';
import type { EngineState } from './state.ts';

/** What jobs, attempts and component records call when something happens to them. Each call goes to the module that handles it. */
export class EngineCallbacks implements JobCallbacks, RecordCallbacks {
  private readonly state: EngineState;
  readonly latencyPool = new LatencyStatsPool();
  /** One for all component actors. */
  readonly now = (): number => this.state.scheduler.now();

  private readonly toEpoch = (t: number): number => this.state.scheduler.toEpoch(t);

  constructor(state: EngineState) {
    this.state = state;
  }

  environmentOf(componentId: string): AttemptEnvironment {
    const {
      clock,
      requests: { jobs },
    } = this.state;
    return { componentId, clock, toEpoch: this.toEpoch, ids: jobs };
  }

  onJobTimer(job: Job, t: number): void {
    onJobTimer(this.state, job, t);
  }

  onAttemptTimer(attempt: Attempt, t: number): void {
    abandon(this.state, attempt, t);
  }

  onAttemptStart(attempt: Attempt): void {
    startAttempt(this.state, attempt);
  }

  onAttemptEnded(attempt: Attempt, ok: boolean, value: unknown): void {
    endAttempt(this.state, attempt, ok, value);
  }

  onBandTimer(bandTimer: BandTimer, t: number): void {
    dwellOver(this.state, bandTimer, t);
  }

  onCheckTimer(runningCheck: RunningCheck): void {
    onCheckTimeout(this.state, runningCheck);
  }
}
