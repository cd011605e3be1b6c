import type { ComponentSpec, WorkloadRequest } from '../../src/index.ts';

export interface Call {
  readonly at: number;
  readonly cost: number;
}

/** What stands behind a component, and counts by itself. */
export class Provider {
  readonly calls: Call[] = [];

  spec(
    id: string,
    spec: Partial<ComponentSpec>,
    work: (request: WorkloadRequest) => unknown = () => id,
  ): ComponentSpec {
    return {
      id,
      maxConcurrentTasks: 100_000,
      ...spec,
      handler: (request, { clock }) => {
        this.calls.push({ at: clock.now(), cost: request.cost ?? 1 });
        return work(request);
      },
    };
  }

  get cost(): number {
    return this.calls.reduce((sum, { cost }) => sum + cost, 0);
  }

  /** The most that started within any stretch of that length. */
  mostIn(lengthMs: number, from = 0): number {
    let most = 0;
    let sum = 0;
    let first = 0;
    for (const { at, cost } of this.calls) {
      sum += cost;
      while (this.calls[first]!.at + lengthMs <= at) sum -= this.calls[first++]!.cost;
      if (at >= from) most = Math.max(most, sum);
    }
    return most;
  }
}
