import { describe, expect, it } from 'vitest';
import { RestState } from '../../src/fleet/component-table.ts';
import { LeastConnections } from '../../src/selection/algorithms/least-connections.ts';
import { Pick } from '../../src/selection/built-in-policy.ts';
import { ComponentSelector } from '../../src/selection/component-selector.ts';
import { Eligibility } from '../../src/selection/eligibility.ts';
import { RULES } from '../../src/selection/eligibility-rules.ts';
import { explainEligibility } from '../../src/selection/explain.ts';
import { Fleet } from '../support/fleet.ts';

function said(fleet: Fleet, reason: string, i: number, request = fleet.request(), now = 0): string | undefined {
  const eligibility = new Eligibility(fleet, fleet.random);
  eligibility.begin(request, now);
  return RULES.find((rule) => rule.reason === reason)?.says(i, request, eligibility.candidates);
}

const reasonOf = (fleet: Fleet, i: number, request = fleet.request(), now = 0): string | undefined =>
  explainEligibility(new Eligibility(fleet, fleet.random), request, now).find(({ index }) => index === i)?.reason;

describe('a rate limit among the rules', () => {
  it('says when it has room again, or that it never has', () => {
    const fleet = new Fleet();
    const i = fleet.add({
      rateLimit: [
        { limit: 2, perMs: 1_000, marginMs: 0 },
        { limit: 100, perMs: 250 },
      ],
    });
    fleet.rateLimits.take(i, 2, 0);
    expect(reasonOf(fleet, i, fleet.request(), 400)).toBe('rateLimited');
    expect(said(fleet, 'rateLimited', i, fleet.request(), 400)).toBe(
      'its rate limit (2 per 1s) has no room for a cost of 1: in 600 ms',
    );
    expect(said(fleet, 'rateLimited', i, fleet.request({ cost: 200 }), 2_000)).toBe(
      'its rate limit (2 per 1s, 100 per 250ms) has no room for a cost of 200: never',
    );
  });

  it('keeps what it has for who comes before, by class and age', () => {
    const fleet = new Fleet();
    fleet.rateLimits.agingMs = 5_000;
    const i = fleet.add({ rateLimit: { limit: 10, perMs: 1_000 } });
    const dear = fleet.request({ cost: 10, cls: 2, submittedAt: 100 });
    fleet.rateLimits.pass = 7;
    fleet.rateLimits.reserve(i, dear);
    expect(reasonOf(fleet, i, dear)).toBeUndefined();
    expect(reasonOf(fleet, i, fleet.request({ cls: 2, submittedAt: 99 }))).toBeUndefined();
    expect(reasonOf(fleet, i, fleet.request({ cls: 0, submittedAt: 5_000 }))).toBeUndefined();
    const behind = fleet.request({ cls: 2, submittedAt: 100 });
    expect(reasonOf(fleet, i, behind)).toBe('rateLimited');
    expect(said(fleet, 'rateLimited', i, behind)).toBe(
      'its rate limit keeps what it has for a request that waits before this one',
    );
    // strict priority: no age outweighs a class
    fleet.rateLimits.agingMs = null;
    fleet.rateLimits.reserve(i, dear);
    expect(reasonOf(fleet, i, fleet.request({ cls: 1, submittedAt: 1e9 }))).toBeUndefined();
    fleet.rateLimits.pass = 8;
    expect(reasonOf(fleet, i, behind)).toBeUndefined();
  });
});

describe('a rest among the rules', () => {
  it('says how long it lasts, and that it is being ended', () => {
    const fleet = new Fleet();
    const i = fleet.add();
    fleet.components.restsUntil[i] = 500;
    fleet.components.setRestState(i, RestState.resting);
    expect(reasonOf(fleet, i, fleet.request(), 100)).toBe('resting');
    expect(said(fleet, 'resting', i, fleet.request(), 100)).toBe('resting after a refusal for 400 ms');
    fleet.components.setRestState(i, RestState.reopening);
    expect(reasonOf(fleet, i, fleet.request(), 500)).toBeUndefined();
    fleet.components.setRestState(i, RestState.trying);
    expect(reasonOf(fleet, i, fleet.request(), 500)).toBe('resting');
    expect(said(fleet, 'resting', i, fleet.request(), 500)).toBe('reopening after a rest: one call at a time');
    fleet.components.setRestState(i, RestState.open);
    expect(reasonOf(fleet, i, fleet.request(), 500)).toBeUndefined();
    expect(fleet.components.restCount).toBe(0);
  });

  it('ends before an avoided component is tried again', () => {
    const fleet = new Fleet();
    const i = fleet.add();
    fleet.components.setAvoided(i, true);
    fleet.components.setAwaitsProbe(i, true);
    fleet.components.restsUntil[i] = 500;
    fleet.components.setRestState(i, RestState.resting);
    const selector = new ComponentSelector(fleet, fleet.random);
    expect(selector.select(fleet.request(), new LeastConnections(), 499, 0)).toBe(Pick.none);
    expect(selector.select(fleet.request(), new LeastConnections(), 500, 0)).toBe(i);
  });

  it('has one slot at a time when it reopens, however many are taken', () => {
    const fleet = new Fleet();
    const i = fleet.add({ maxConcurrentTasks: 3 });
    fleet.take(i, 2);
    fleet.components.setRestState(i, RestState.reopening);
    expect(fleet.components.free[i]).toBe(1);
    fleet.take(i);
    fleet.components.setRestState(i, RestState.trying);
    fleet.release(i, 2);
    expect(fleet.components.free[i]).toBeLessThanOrEqual(0);
    fleet.components.setRestState(i, RestState.open);
    expect(fleet.components.free[i]).toBe(2);
  });
});
