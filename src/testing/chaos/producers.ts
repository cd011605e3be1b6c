import { hasRoom } from '../../engine/admission/waiting-line.ts';
import { heldIn, isFull } from '../../engine/overload/watermarks.ts';
import type { ChaosRun } from './run.ts';

/** Those who wait for `ready()`, or with `whenFull: 'wait'`: nobody may wait while there is room. */
export class Producers {
  private readonly run: ChaosRun;
  private readonly waiting = new Set<{ readonly type: string | undefined }>();

  constructor(run: ChaosRun) {
    this.run = run;
  }

  ask(type: string | undefined): void {
    const one = { type };
    this.waiting.add(one);
    void this.run.balancer.ready(type === undefined ? undefined : { type }).then(() => this.waiting.delete(one));
  }

  /** At rest. */
  check(): void {
    const { state } = this.run;
    for (const { type } of this.waiting) {
      const route = type === undefined ? undefined : state.fleet.routes.workloadOf(type).route;
      const hasPlace = route === undefined ? heldIn(state) < state.settings.maxQueueSize : hasRoom(state, route);
      if (state.mode.phase === 'stopped' || (hasPlace && !isFull(state, route)))
        this.run.complain('ready', `a producer waits for room for ${type ?? 'anything'}, of which there is some`);
    }
    this.checkLine();
  }

  private checkLine(): void {
    const { state, witness, observed } = this.run;
    const { phase } = state.mode;
    // without facts it is not known who waits
    if (!observed || state.waitingLine.size === 0 || (phase !== 'running' && phase !== 'draining')) return;
    for (const one of witness.open) {
      if (!one.inLine || one.wasAccepted) continue;
      const { route } = state.fleet.routes.workloadOf(one.request.type);
      if (hasRoom(state, route))
        this.run.complain('patience', `request ${one.n} waits for room in the queue, of which there is some`);
    }
  }
}
