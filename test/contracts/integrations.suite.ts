import { describe, expect, it, vi } from 'vitest';
import type { ComponentCapacity } from '../../src/domain/component.ts';
import type { BalancerCommand } from '../../src/domain/events.ts';
import type { BalancerLink, Integrations } from '../../src/domain/ports.ts';
import type { BalancerInput } from '../../src/load-balancer/options.ts';
import type { VirtualClock } from '../../src/testing.ts';

/** A balancer of two components, `a` and `b`, with managers; however it was made. */
export interface Managed {
  readonly clock: VirtualClock;
  send(command: BalancerCommand): void;
  capacityOf(componentId: string): ComponentCapacity | undefined;
  stop(): Promise<void>;
}

/** Connects managers to a balancer in one of the ways there are. */
export type Manage = (integrations: Integrations, changes?: Partial<BalancerInput>) => Promise<Managed>;

/** A manager of every kind that keeps its link and what it hears. */
const manager = () => {
  const links: BalancerLink[] = [];
  return {
    links,
    attach: (link: BalancerLink): void => {
      links.push(link);
    },
    get link(): BalancerLink {
      return links[0]!;
    },
    statusChanged: vi.fn(),
    metricsSampled: vi.fn(),
    errorReported: vi.fn(),
    scalingRecommended: vi.fn(),
  };
};

/** What each of the four ports promises to the manager behind it. */
export function describeIntegrations(name: string, manage: Manage): void {
  describe(`the contract of the four managers: ${name}`, () => {
    it('attaches each once, and asks nothing else of it', async () => {
      const managers = [manager(), manager(), manager(), manager()] as const;
      const [health, performance, errors, resources] = managers;
      const { clock, stop } = await manage({ health, performance, errors, resources });
      await clock.advance(20_000);
      expect(managers.map(({ links }) => links.length)).toEqual([1, 1, 1, 1]);
      expect(health.metricsSampled).not.toHaveBeenCalled();
      expect(performance.statusChanged).not.toHaveBeenCalled();
      await stop();
      await (await manage({ health: {}, performance: {}, errors: {}, resources: {} })).stop();
    });

    it('lets the health monitor fail a component by three bad reports in a row, and hear of it', async () => {
      const health = manager();
      const { capacityOf, clock, stop } = await manage({ health });
      for (const healthy of [false, false, true, false, false]) health.link.reportHealth('a', healthy, 'no answer');
      expect(capacityOf('a')?.status).toBe('Available');
      health.link.reportHealth('a', false, 'no answer');
      await clock.advance(0);
      expect(capacityOf('a')?.status).toBe('Failed');
      expect(health.statusChanged).toHaveBeenCalledExactlyOnceWith(
        expect.objectContaining({ componentId: 'a', from: 'Available', to: 'Failed', reason: 'no answer' }),
      );
      await stop();
    });

    it('tells the performance monitor the metrics of each cycle', async () => {
      const performance = manager();
      const { clock, send, stop } = await manage({ performance }, { loadMonitorIntervalMs: 1000 });
      send({ type: 'request.submit', request: { type: 'GENERAL', payload: 5 } });
      await clock.advance(3500);
      expect(performance.metricsSampled).toHaveBeenCalledTimes(3);
      const { metrics } = performance.metricsSampled.mock.lastCall?.[0] ?? {};
      expect(metrics).toMatchObject({ uptimeMs: 3000, requests: { submitted: 1, completed: 1 } });
      expect(JSON.parse(JSON.stringify(metrics))).toEqual(metrics);
      await stop();
    });

    it('counts response times that the performance monitor saw elsewhere for their component', async () => {
      const performance = manager();
      const { capacityOf, clock, stop } = await manage({ performance });
      for (let k = 0; k < 30; k++) performance.link.reportResponseTime('a', 200, true);
      await clock.advance(10);
      expect(capacityOf('a')).toMatchObject({ responseTimeMs: expect.closeTo(200), successRate: 1 });
      expect(capacityOf('b')).toMatchObject({ responseTimeMs: 0 });
      for (let k = 0; k < 10; k++) performance.link.reportResponseTime('a', 200, false);
      expect(capacityOf('a')?.successRate).toBeLessThan(0.9);
      await stop();
    });

    it('tells the error manager what was contained, how bad it is and of whom', async () => {
      const errors = manager();
      const { clock, send, stop } = await manage({ errors });
      send({ type: 'component.fail', componentId: 'b', reason: 'pulled the plug' });
      await clock.advance(0);
      expect(errors.errorReported).toHaveBeenCalledWith({
        type: 'error.reported',
        severity: 'ERROR',
        code: 'COMPONENT_FAILED',
        componentId: 'b',
        cause: 'pulled the plug',
      });
      await stop();
    });

    it('heeds the usage and the limits that the resource manager tells', async () => {
      const resources = manager();
      const { capacityOf, clock, send, stop } = await manage({ resources });
      resources.link.reportUsage('a', { cpu: 70, memory: 20 });
      resources.link.updateLimits('b', { cpu: 50 });
      await clock.advance(0);
      expect(capacityOf('a')?.resources).toMatchObject({
        cpu: { usedPercent: 70, freePercent: 30 },
        memory: { usedPercent: 20 },
      });
      expect(capacityOf('b')?.resources.cpu).toMatchObject({ limitPercent: 50, freePercent: 50 });
      const replyTo = { send: vi.fn() };
      send({ type: 'request.submit', request: { type: 'GENERAL', resources: { cpu: 60 }, timeoutMs: 50 }, replyTo });
      await clock.advance(5000);
      expect(replyTo.send).not.toHaveBeenCalled();
      // a report is forgotten after ten seconds
      await clock.advance(6000);
      expect(replyTo.send).toHaveBeenCalledWith(expect.objectContaining({ type: 'request.completed' }));
      await stop();
    });

    it('tells the resource manager when there is too much or too little of it', async () => {
      const resources = manager();
      const { clock, send, stop } = await manage({ resources }, { optimizationIntervalMs: 1000 });
      for (let second = 0; second < 20; second++) {
        for (let k = 0; k < 200; k++) send({ type: 'request.submit', request: { type: 'GENERAL', payload: 90 } });
        await clock.advance(1000);
      }
      expect(resources.scalingRecommended).toHaveBeenCalledWith(expect.objectContaining({ direction: 'up' }));
      await stop();
    });

    it('takes nonsense without harm, and anything at all after the end', async () => {
      const health = manager();
      const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
      const { capacityOf, clock, send, stop } = await manage({ health });
      const nonsense = (): void => {
        health.link.reportHealth('nobody', false);
        health.link.reportUsage('a', { cpu: -5 });
        health.link.updateLimits('a', { cpu: Number.NaN });
        health.link.reportResponseTime('a', Number.NaN, true);
        health.link.reportResponseTime('nobody', 5, true);
      };
      nonsense();
      await clock.advance(0);
      expect(capacityOf('a')).toMatchObject({ status: 'Available', responseTimeMs: 0 });
      expect(capacityOf('a')?.resources.cpu).toEqual({ limitPercent: 100, usedPercent: 0, freePercent: 100 });
      const replyTo = { send: vi.fn() };
      send({ type: 'request.submit', request: { type: 'GENERAL' }, replyTo });
      await clock.advance(10);
      expect(replyTo.send).toHaveBeenCalledWith(expect.objectContaining({ type: 'request.completed' }));
      await stop();
      nonsense();
      health.link.reportHealth('a', false);
      await clock.advance(0);
      expect(warn).not.toHaveBeenCalled();
      warn.mockRestore();
    });
  });
}
