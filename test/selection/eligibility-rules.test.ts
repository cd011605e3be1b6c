import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServingState } from '../../src/fleet/component-table.ts';
import { Band } from '../../src/fleet/load-bands.ts';
import { LeastConnections } from '../../src/selection/algorithms/least-connections.ts';
import { Pick, type SelectionRequest } from '../../src/selection/built-in-policy.ts';
import { ComponentSelector } from '../../src/selection/component-selector.ts';
import { Eligibility } from '../../src/selection/eligibility.ts';
import {
  concerning,
  isHard,
  isRanking,
  isSeeking,
  MOST_RULES,
  mayWaitFor,
  RULES,
} from '../../src/selection/eligibility-rules.ts';
import { explainEligibility } from '../../src/selection/explain.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { Fleet } from '../support/fleet.ts';

const component = fc.record({
  taken: fc.constantFrom(0, 1, 3),
  standing: fc.constantFrom(...[1, 1, 1, 1, 2, 3, 3, 4, 5].map((s) => s as 1 | 2 | 3 | 4 | 5)),
  ejected: fc.boolean(),
  band: fc.constantFrom(Band.available, Band.busy, Band.overloaded),
  used: fc.constantFrom(0, 50, 95),
  serves: fc.constantFrom(undefined, ['GENERAL'], ['OTHER']),
  idempotent: fc.constantFrom(true, true, false),
});
const index = fc.nat(9);
const request = fc.record({
  cls: fc.nat(4),
  demand: fc.constantFrom(null, [10, 0, 0, 0] as const, [60, 0, 0, 0] as const),
  excluded: fc.option(fc.uniqueArray(index, { maxLength: 4 }), { nil: null }),
  preferred: fc.option(fc.uniqueArray(index, { maxLength: 4 }), { nil: null }),
  affinityKey: fc.option(fc.string(), { nil: undefined }),
  idempotent: fc.boolean(),
  mayHaveRun: fc.boolean(),
  lastFailed: fc.integer({ min: -1, max: 9 }),
});
/** With how many full ones more: a route that is scanned, and one that is sampled. */
const others = fc.constantFrom(0, 80);
const scene = fc.record({
  specs: fc.array(component, { maxLength: 10 }),
  changes: request,
  avoided: fc.uniqueArray(index, { maxLength: 3 }),
  others,
  seed: fc.nat(),
});
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

function build({ specs, changes, avoided, others: more, seed }: Scene): { fleet: Fleet; view: SelectionRequest } {
  const fleet = new Fleet(seededRandom(seed));
  for (const { taken, standing, ejected, band, used, serves, idempotent } of specs) {
    const i = fleet.add({ maxConcurrentTasks: 3, serves, idempotent });
    fleet.take(i, taken);
    fleet.components.setBand(i, band);
    fleet.components.ejected[i] = ejected ? 1 : 0;
    fleet.components.setServingState(i, standing);
    fleet.resources.report(i, { cpu: used }, 0);
  }
  for (let k = 0; k < more; k++) fleet.fill(fleet.add({ maxConcurrentTasks: 1 }));
  for (const i of avoided) if (i < specs.length) fleet.components.setAvoided(i, true);
  return { fleet, view: fleet.request(changes) };
}

/** One rule after the other, over a plain list; none of what makes a pick fast. */
function oneByOne(eligibility: Eligibility, view: SelectionRequest): number[] {
  const pick = eligibility.candidates;
  let left = [...pick.route.members];
  for (const rule of RULES) {
    if (isHard(rule)) {
      left = left.filter((i) => rule.admits(i, view, pick));
    } else if (rule.concerns(view, pick.fleet) && left.length > 0) {
      const best = isRanking(rule) ? Math.max(...left.map((i) => rule.rank(i, view, pick))) : 0;
      const kept = left.filter((i) =>
        isRanking(rule) ? rule.rank(i, view, pick) === best : rule.prefers(i, view, pick),
      );
      if (kept.length > 0) left = kept;
    }
  }
  return left;
}

describe('the rules of eligibility', () => {
  it('come in the order that sampling relies on, and no more than there is room for', () => {
    const kinds = RULES.map((rule) => (isHard(rule) ? 0 : isRanking(rule) ? 3 : isSeeking(rule) ? 2 : 1));
    expect(kinds).toEqual(kinds.toSorted());
    expect(kinds.filter((kind) => kind === 3)).toHaveLength(1);
    expect(RULES.length).toBeLessThanOrEqual(MOST_RULES);
    expect(new Set(RULES.map(({ reason }) => reason)).size).toBe(RULES.length);
  });

  it('are against nobody with a free slot where they say that they do not concern the request', () => {
    fc.assert(
      fc.property(scene, (drawn) => {
        const { fleet, view } = build(drawn);
        const eligibility = new Eligibility(fleet, fleet.random);
        eligibility.begin(view, 0);
        const rules = concerning(view, fleet);
        for (const [k, rule] of RULES.entries()) {
          expect((rules & (1 << k)) !== 0).toBe(rule.concerns(view, fleet));
          if (rule.concerns(view, fleet) || isRanking(rule)) continue;
          for (const i of fleet.route().members) {
            if (fleet.components.free[i]! <= 0) continue;
            expect(
              isHard(rule)
                ? rule.admits(i, view, eligibility.candidates)
                : rule.prefers(i, view, eligibility.candidates),
            ).toBe(true);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are what a scan finds, one after the other, and a sample is part of it', () => {
    fc.assert(
      fc.property(scene, (drawn) => {
        const { fleet, view } = build(drawn);
        const eligibility = new Eligibility(fleet, fleet.random);
        const count = eligibility.fill(view, 0, 0);
        const found = [...eligibility.candidates.list.subarray(0, count)];
        const expected = oneByOne(eligibility, view);
        if (drawn.others === 0) expect(found).toEqual(expected);
        else {
          expect(expected).toEqual(expect.arrayContaining(found));
          expect(found.length > 0).toBe(expected.length > 0);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('give reasons that agree with who was chosen, scanned or sampled', () => {
    fc.assert(
      fc.property(scene, (drawn) => {
        const { fleet, view } = build(drawn);
        const selector = new ComponentSelector(fleet, fleet.random);
        const chosen = selector.select(view, new LeastConnections(), 0, 0);
        const found = [...selector.eligibility.candidates.list.subarray(0, selector.eligibility.candidates.count)];
        const verdicts = explainEligibility(selector.eligibility, view, 0);
        const candidates = verdicts.filter(({ reason }) => reason === undefined).map((one) => one.index);
        expect(candidates).toEqual(oneByOne(selector.eligibility, view));
        expect(candidates).toEqual(expect.arrayContaining(found));
        if (chosen === Pick.none) expect(candidates).toEqual([]);
        else expect(candidates).toContain(chosen);
        // each reason is that of the first rule that took it off
        for (const { index: i, reason } of verdicts) {
          const rule = RULES.find((one) => one.reason === reason);
          if (rule !== undefined && isHard(rule))
            expect(rule.admits(i, view, selector.eligibility.candidates)).toBe(false);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('let a hold be for those who would be among the candidates if a slot of theirs were free', () => {
    const operational = fc.record({
      taken: fc.constant(3),
      standing: fc.constant(ServingState.operational),
      ejected: fc.constant(false),
      band: fc.constantFrom(Band.available, Band.overloaded),
      used: fc.constant(0),
      serves: fc.constantFrom(undefined, ['OTHER']),
      idempotent: fc.constantFrom(true, true, false),
    });
    const busy = fc.record({
      specs: fc.array(fc.oneof(component, operational), { minLength: 1, maxLength: 6 }),
      changes: request.map((drawn) => ({ ...drawn, preferred: null, affinityKey: undefined })),
      avoided: fc.uniqueArray(index, { maxLength: 3 }),
      others: fc.constant(0),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(busy, (drawn) => {
        const { fleet, view } = build(drawn);
        const eligibility = new Eligibility(fleet, fleet.random);
        eligibility.fill(view, 0, 0);
        const { members } = fleet.route();
        const mayWait = members.map((i) => mayWaitFor(i, view, eligibility.candidates));
        for (const [k, i] of members.entries()) {
          const { free, servingState } = fleet.components;
          const full = free[i]! <= 0 && servingState[i] === ServingState.operational;
          if (!full) {
            expect(mayWait[k]).toBe(false);
            continue;
          }
          // what runs there takes its resources with it
          fleet.resources.report(i, { cpu: 0 }, 0);
          fleet.release(i);
          eligibility.begin(view, 0);
          const hard = RULES.filter(isHard).every((rule) => rule.admits(i, view, eligibility.candidates));
          const soft = RULES.every(
            (rule) => isHard(rule) || isRanking(rule) || rule.prefers(i, view, eligibility.candidates),
          );
          expect(mayWait[k]).toBe(hard && soft);
          fleet.take(i);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('count the turns, a peek the one that would be next', () => {
    const fleet = new Fleet();
    fleet.addMany(2);
    const selector = new ComponentSelector(fleet, fleet.random);
    const policy = new LeastConnections();
    for (let turn = 1; turn < 4; turn++) {
      selector.preview(fleet.request(), policy, 0, 0);
      expect(selector.previewEligibility.candidates.turn).toBe(turn);
      selector.select(fleet.request(), policy, 0, 0);
      expect(selector.eligibility.candidates.turn).toBe(turn);
    }
    selector.eligibility.candidates.turn = 2 ** 30 - 1;
    selector.select(fleet.request(), policy, 0, 0);
    expect(selector.eligibility.candidates.turn).toBe(0);
  });

  it('say in words what they are against, for each standing', () => {
    const fleet = new Fleet();
    const [i] = fleet.addMany(1);
    const eligibility = new Eligibility(fleet, fleet.random);
    const words = (): string[] => RULES.map((rule) => rule.says(i!, fleet.request(), eligibility.candidates));
    expect(new Set(words()).size).toBe(RULES.length);
    const status = RULES.findIndex(({ reason }) => reason === 'status');
    const said = [ServingState.isolated, ServingState.probing, ServingState.draining, ServingState.drained].map(
      (standing) => {
        fleet.components.setServingState(i!, standing);
        return words()[status];
      },
    );
    expect(new Set(said).size).toBe(4);
  });
});
