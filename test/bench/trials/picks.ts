import { measure } from 'mitata';
import type { AlgorithmName } from 'plimsoll';
import { createPolicy } from '../../../src/selection/algorithms/registry.ts';
import type { SelectionRequest } from '../../../src/selection/built-in-policy.ts';
import { ComponentSelector } from '../../../src/selection/component-selector.ts';
import { seededRandom } from '../../../src/testing/seeded-random.ts';
import { Fleet } from '../../support/fleet.ts';
import { fleet } from '../competitors/plimsoll.ts';
import { calmly, walkAround } from '../disturbance.ts';
import { median } from '../statistics.ts';

export interface PickParams {
  readonly algorithm: AlgorithmName;
  readonly components: number;
  /** Rounds at most, until three were undisturbed. */
  readonly tries: number;
}

/** Power of two. */
const RING = 1_024;

/** A fleet of which half of the slots are taken, and what the policies know of a balancer that has run for a while. */
class Picking {
  readonly fleet = new Fleet(seededRandom(1));
  private readonly requests: SelectionRequest[];
  private readonly taken: number[];
  private readonly chooser: ComponentSelector;
  private readonly policy;
  private n = 0;
  private t = 0;

  constructor({ algorithm, components }: PickParams) {
    const { fleet: tables } = this;
    const random = seededRandom(2);
    const specs = fleet(components, () => undefined);
    const members = specs.map((spec) => tables.add(spec));
    for (const i of members) {
      tables.take(i, Math.floor(tables.components.capacity[i]! / 2));
      tables.finish(i, 0, 0.5 + random(), 30);
    }
    this.policy = createPolicy(algorithm);
    this.chooser = new ComponentSelector(tables, random);
    this.requests = Array.from({ length: 5 }, (_, cls) => tables.request({ cls }));
    const free = members.filter((i) => tables.components.free[i]! > 0);
    this.taken = Array.from({ length: RING }, () => free[Math.floor(random() * free.length)]!);
  }

  /** One pick; the slot that it takes is freed again, as all others are by their own pick. */
  pick(): number {
    const i = this.chooser.select(this.requests[this.n % 5]!, this.policy, this.t, 0);
    if (i < 0) throw new Error(`nobody was picked (${i})`);
    this.turnOver(i);
    return i;
  }

  /** The same without the pick: somebody else's slot. */
  rest(): number {
    const i = this.taken[this.n & (RING - 1)]!;
    this.turnOver(i);
    return i;
  }

  private turnOver(i: number): void {
    const { components, performance } = this.fleet;
    components.take(i);
    performance.started(i, this.t, 1);
    performance.stopped(i, this.t, 1);
    components.release(i);
    this.n++;
    this.t += 0.001;
  }
}

/** ns per pick: what a loop with picks costs above one without, when both have been compiled. */
export async function picks(params: PickParams): Promise<number> {
  const picking = new Picking(params);
  const options = { min_cpu_time: 50e6, batch_samples: 4_096 };
  const measureOnce = async (): Promise<number> => {
    const withPick = await measure(() => picking.pick(), options);
    const without = await measure(() => picking.rest(), options);
    return withPick.p50 - without.p50;
  };
  await measureOnce(); // in the first round the compiler is still at work
  const { kept } = await calmly(3, params.tries, () => walkAround(measureOnce));
  return median(kept);
}
