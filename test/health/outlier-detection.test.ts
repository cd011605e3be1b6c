import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../src/domain/config.ts';
import { ServingState } from '../../src/fleet/component-table.ts';
import { ejectionBound, isDown, judgeOutlier, type OutlierVerdict } from '../../src/health/outlier-detection.ts';
import { Fleet } from '../support/fleet.ts';

const settings = parseSettings({}).outlier;

/** Outcomes of members of one route, one each ms: g(ood), b(ad), or nothing. */
class Story {
  readonly fleet = new Fleet();
  readonly route = this.fleet.route();
  t = 0;

  constructor(members: number) {
    this.fleet.addMany(members);
  }

  tell(i: number, outcomes: string): this {
    for (const outcome of outcomes) {
      const weight = this.fleet.performance.fast.at(++this.t);
      this.fleet.finish(i, this.t, 1, 1, outcome === 'g');
      if (outcome === 'g') this.route.health.succeeded(i, weight);
      else this.route.health.failed(i, weight, this.t, true);
    }
    return this;
  }

  verdict(i: number, changes: Partial<typeof settings> = {}, unproven = false): OutlierVerdict | undefined {
    return judgeOutlier(this.fleet, [this.route], this.route, i, this.t, { ...settings, ...changes }, unproven);
  }

  rule(i: number, changes: Partial<typeof settings> = {}, unproven = false): string | undefined {
    return this.verdict(i, changes, unproven)?.rule;
  }
}

describe('judgeOutlier', () => {
  it('takes four failures in a row for one where others do not fail', () => {
    expect(new Story(2).tell(1, 'g'.repeat(20)).tell(0, 'bbb').rule(0)).toBeUndefined();
    expect(new Story(2).tell(1, 'g'.repeat(20)).tell(0, 'bbbb').rule(0)).toBe('consecutiveFailures');
    expect(
      new Story(2).tell(1, 'g'.repeat(20)).tell(0, 'gbbbb').rule(0, { consecutiveFailures: 5, failureRatio: 1e9 }),
    ).toBeUndefined();
    // the prior speaks for an idle peer, not as loudly as its work would
    expect(new Story(2).tell(0, 'bbbbb').rule(0)).toBeUndefined();
    expect(new Story(2).tell(0, 'bbbbbb').rule(0)).toBe('consecutiveFailures');
  });

  it('asks for more in a row where others fail too, and where it does more: chance has more to play with', () => {
    const story = (n: number): Story =>
      new Story(2).tell(1, 'gggggggb'.repeat(20)).tell(0, 'ggggggg'.repeat(20)).tell(1, 'g').tell(0, 'b'.repeat(n));
    expect(story(6).rule(0)).toBeUndefined();
    expect(story(9).rule(0)).toBe('consecutiveFailures');
    const { peersFail = 0, failures } = story(9).verdict(0) ?? {};
    expect(failures).toBe(9);
    expect(peersFail).toBeCloseTo(0.125, 1);
  });

  it('needs no row without a gap: a success between failures takes away what about one of them has told', () => {
    const beside = (own: string): string | undefined =>
      new Story(2).tell(1, 'ggggggb'.repeat(12)).tell(1, 'g').tell(0, own).rule(0, { failureRatio: 1e9 });
    expect(beside('bbbbgbb')).toBeUndefined();
    expect(beside('bbbbgbbbbb')).toBe('consecutiveFailures');
    // two after one another say nothing any more
    expect(beside(`bb${'gg'.repeat(3)}bbbb`)).toBeUndefined();
    expect(beside('bg'.repeat(40))).toBeUndefined();
  });

  it('finds the bad ones where most are bad, by one that succeeds as often in a row as they fail', () => {
    const story = new Story(6);
    for (let k = 0; k < 14; k++) story.tell(0, 'b').tell(1, 'b').tell(2, 'b').tell(3, 'b').tell(4, 'b').tell(5, 'g');
    const bad = Array.from({ length: 5 }, () => 'failsWherePeersSucceed');
    expect([0, 1, 2, 3, 4, 5].map((i) => story.rule(i))).toEqual([...bad, undefined]);
  });

  it('takes nobody for one whose peer has just returned, and has done nothing yet', () => {
    const story = new Story(2).tell(0, 'gggbgggbgb'.repeat(40));
    expect(story.rule(0)).toBeUndefined();
    expect(new Story(2).tell(1, 'gggggggg').tell(0, 'gbgbgbgbb').rule(0)).toBeUndefined();
  });

  it('takes nobody for one when all fail alike, however often', () => {
    const story = new Story(3);
    for (let k = 0; k < 200; k++) story.tell(0, 'b').tell(1, 'b').tell(2, 'b');
    expect([0, 1, 2].map((i) => story.rule(i))).toEqual([undefined, undefined, undefined]);
    expect(new Story(1).tell(0, 'b'.repeat(100)).rule(0)).toBeUndefined();
  });

  it('takes no burst of bad work for a bad component', () => {
    const story = new Story(2);
    for (let k = 0; k < 100; k++) story.tell(0, 'g').tell(1, 'g');
    for (let k = 0; k < 9; k++) story.tell(0, 'b').tell(1, 'b');
    expect([0, 1].map((i) => story.rule(i))).toEqual([undefined, undefined]);
  });

  it('takes failures above 35 % of successes for one, where they exceed the expected ones by 4.5 standard errors', () => {
    const mixed = (peers: string): Story => new Story(2).tell(1, peers.repeat(30)).tell(0, 'ggb'.repeat(30));
    expect(mixed('ggg').rule(0)).toBe('failureRatio');
    expect(mixed('ggb').rule(0)).toBeUndefined();
    expect(mixed('ggg').rule(0, { failureRatio: 0.6 })).toBeUndefined();
    expect(mixed('ggg').rule(0, { minFailures: 31 })).toBeUndefined();
    const forgotten = mixed('ggg');
    forgotten.t += 30_000;
    expect(forgotten.rule(0)).toBeUndefined();
  });

  it('counts failures over all routes, and leaves out those without a peer', () => {
    const fleet = new Fleet();
    const both = fleet.add({ serves: ['A', 'B'] });
    const peer = fleet.add({ serves: ['A'] });
    const [a, b] = [fleet.route('A'), fleet.route('B')];
    for (let k = 0; k < 40; k++) a.health.succeeded(peer, 1);
    for (let k = 0; k < 3; k++) a.health.failed(both, 1, 0, false);
    for (let k = 0; k < 20; k++) b.health.failed(both, 1, 0, false);
    const judge = (): string | undefined => judgeOutlier(fleet, [a, b], a, both, 0, settings)?.rule;
    expect(judge()).toBeUndefined();
    a.health.failed(both, 1, 0, false);
    expect(judge()).toBe('failureRatio');
  });

  it('asks little of one that has just recovered: what was bad a moment ago is so again at its first failure', () => {
    const story = (): Story => new Story(2).tell(1, 'g'.repeat(90)).tell(0, 'b');
    expect(story().rule(0)).toBeUndefined();
    expect(story().rule(0, {}, true)).toBe('consecutiveFailures');
    expect(story().rule(0, { consecutiveFailures: 8 }, true)).toBeUndefined();
    expect(new Story(2).tell(1, 'gggb'.repeat(15)).tell(1, 'g').tell(0, 'bb').rule(0, {}, true)).toBeUndefined();
  });
});

describe('isDown', () => {
  const down = (outcomes: string, changes: Partial<typeof settings> = {}): boolean => {
    const story = new Story(1).tell(0, outcomes);
    return isDown(story.fleet, 0, story.t, { ...settings, ...changes });
  };

  it('takes ten failures in a row, and no success', () => {
    expect(down(`${'g'.repeat(50)}${'b'.repeat(9)}`)).toBe(false);
    expect(down(`${'g'.repeat(50)}${'b'.repeat(10)}`)).toBe(true);
    expect(down('b'.repeat(10))).toBe(true);
    expect(down('b'.repeat(10), { consecutiveFailures: 11 })).toBe(false);
  });

  it('is not what does part of its work: one of two types, or four in ten', () => {
    expect(down(`${'gbbbbbbbbb'.repeat(10)}${'b'.repeat(12)}`)).toBe(false);
    expect(down(`${'gbbgb'.repeat(20)}${'b'.repeat(10)}`)).toBe(false);
    expect(down(`${'gbbgb'.repeat(20)}${'b'.repeat(40)}`)).toBe(true);
  });
});

function fleetOf(slots: readonly number[]): Fleet {
  const fleet = new Fleet();
  for (const maxConcurrentTasks of slots) fleet.add({ maxConcurrentTasks });
  return fleet;
}

function eject(fleet: Fleet, i: number): void {
  fleet.components.ejected[i] = 1;
  fleet.components.setServingState(i, ServingState.isolated);
}

describe('ejectionBound', () => {
  const boundOf = (fleet: Fleet, i: number, changes = {}): string | undefined =>
    ejectionBound(fleet.components, fleet.routes.routesOfComponent(i), i, { ...settings, ...changes });

  it('lets half of the members of a route go, rounded down, yet at least one', () => {
    const fleet = fleetOf([10, 10, 10, 10, 10]);
    const verdicts = [0, 1, 2].map((i) => {
      const bound = boundOf(fleet, i);
      if (bound === undefined) eject(fleet, i);
      return bound;
    });
    expect(verdicts).toEqual([undefined, undefined, 'maxEjectedShare']);
    expect(boundOf(fleetOf([10, 10]), 0, { maxEjectedShare: 0 })).toBeUndefined();
  });

  it('never lets the last operational one go, however many slots the others have', () => {
    expect(boundOf(fleetOf([10]), 0)).toBe('lastOperational');
    expect(boundOf(fleetOf([10, 1]), 0)).toBeUndefined();
    const fleet = fleetOf([10, 10, 10]);
    eject(fleet, 0);
    fleet.components.setServingState(1, ServingState.drained);
    expect(boundOf(fleet, 2, { maxEjectedShare: 1 })).toBe('lastOperational');
  });

  it('looks at each route of a component, and at no other', () => {
    const fleet = new Fleet();
    const both = fleet.add({ serves: ['COMMON', 'RARE'] });
    const common = fleet.add({ serves: ['COMMON'] });
    fleet.add({ serves: ['OTHER'] });
    expect(boundOf(fleet, both)).toBe('lastOperational');
    expect(boundOf(fleet, common)).toBeUndefined();
  });

  it('never empties a route, whatever is ejected in which order', () => {
    const served = fc.array(fc.uniqueArray(fc.constantFrom('A', 'B', 'C'), { minLength: 1 }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(served, fc.array(fc.nat(11), { maxLength: 30 }), (fleetServes, order) => {
        const fleet = new Fleet();
        for (const serves of fleetServes) fleet.add({ serves });
        for (const pick of order) {
          const i = pick % fleetServes.length;
          if (fleet.components.servingState[i] === ServingState.operational && boundOf(fleet, i) === undefined)
            eject(fleet, i);
        }
        const { components } = fleet;
        for (const { members } of fleet.routes.routes) {
          if (members.length === 0) continue;
          expect(members.some((i) => components.servingState[i] === ServingState.operational)).toBe(true);
          const gone = members.filter((i) => components.ejected[i] === 1).length;
          expect(gone).toBeLessThanOrEqual(Math.max(1, Math.floor(members.length / 2)));
        }
      }),
    );
  });
});
