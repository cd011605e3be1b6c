import { hasRoom } from '../../engine/admission/waiting-line.ts';
import { heldIn, isFull } from '../../engine/overload/watermarks.ts';
import type { ChaosRun } from './run.ts';

/** Those who wait for `ready()`: nobody may wait while there is room. */
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
  }
}
