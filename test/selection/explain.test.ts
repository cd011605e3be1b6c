import { describe, expect, it } from 'vitest';
import { ServingState } from '../../src/fleet/component-table.ts';
import { Band } from '../../src/fleet/load-bands.ts';
import type { SelectionRequest } from '../../src/selection/built-in-policy.ts';
import { Eligibility } from '../../src/selection/eligibility.ts';
import { explainEligibility } from '../../src/selection/explain.ts';
import { Fleet } from '../support/fleet.ts';

function reasons(fleet: Fleet, changes: Partial<SelectionRequest> = {}): Map<number, string | undefined> {
  const eligibility = new Eligibility(fleet, fleet.random);
  const verdicts = explainEligibility(eligibility, fleet.request(changes), 0);
  return new Map(verdicts.map(({ index, reason }) => [index, reason]));
}

/** One component for each reason, and `others` that are candidates. */
function everyReason(others: number): {
  fleet: Fleet;
  request: Partial<SelectionRequest>;
  expected: Map<number, string>;
} {
  const fleet = new Fleet();
  const [excluded, once, failed, full, tight, failedThere, overloaded] = fleet.addMany(7) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  fleet.components.setRunsOnce(once, true);
  fleet.components.setServingState(failed, ServingState.probing);
  fleet.fill(full);
  fleet.resources.reserve(tight, [95, 0, 0, 0]);
  fleet.components.setBand(overloaded, Band.overloaded);
  fleet.addMany(others);
  return {
    fleet,
    request: { cls: 3, demand: [10, 0, 0, 0], excluded: [excluded], mayHaveRun: true, lastFailed: failedThere },
    expected: new Map([
      [excluded, 'excluded'],
      [once, 'mayHaveRun'],
      [failed, 'status'],
      [full, 'full'],
      [tight, 'resources'],
      [failedThere, 'failedThere'],
      [overloaded, 'overloaded'],
    ]),
  };
}

describe('explainEligibility', () => {
  it.each([2, 80])('gives the first reason against each component, with %i candidates', (others) => {
    const { fleet, request, expected } = everyReason(others);
    const given = reasons(fleet, request);
    expect(given.size).toBe(7 + others);
    for (const [i, reason] of given) expect(reason).toBe(expected.get(i));
  });

  it('names those that were not preferred, or that the key does not lead to', () => {
    const fleet = new Fleet();
    fleet.addMany(3);
    expect(reasons(fleet, { preferred: [1] })).toEqual(
      new Map(fleet.route().members.map((i) => [i, i === 1 ? undefined : 'notPreferred'])),
    );
    const affine = [...reasons(fleet, { affinityKey: 'k' }).values()];
    expect(affine.filter((reason) => reason === 'notAffine')).toHaveLength(2);
    const both = [...reasons(fleet, { affinityKey: 'k', preferred: [0, 1] }).values()];
    expect(both.sort()).toEqual(['notAffine', 'notPreferred', undefined]);
  });

  it('tells what the request would cost on each', () => {
    const fleet = new Fleet();
    const [a, b] = fleet.addMany(2, { maxConcurrentTasks: 2 });
    fleet.finish(a!, 0, 1, 30);
    fleet.finish(b!, 0, 1, 30);
    fleet.take(b!, 2);
    const eligibility = new Eligibility(fleet, fleet.random);
    const cost = new Map(
      explainEligibility(eligibility, fleet.request(), 0).map((one) => [one.index, one.expectedCost]),
    );
    expect(cost.get(a!)).toBeCloseTo(fleet.performance.attemptCost(a!, 0), 12);
    expect(cost.get(b!)).toBeCloseTo(1.5 * fleet.performance.attemptCost(b!, 0), 12);
  });
});
