import { describe, expect, it } from 'vitest';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

/** What somebody on call gets to see: alerts, log lines, and why. */

const reset = (): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }) });

const failing = (id: string) => ({
  id,
  handler: () => {
    throw reset();
  },
});

describe('alerts about load', () => {
  it('are one for a route, whatever its number of components, once its load has lasted', async () => {
    const work = new ManualHandler();
    const components = Array.from({ length: 40 }, (_, k) => ({
      id: `c${k}`,
      handler: work.handle,
      maxConcurrentTasks: 10,
      serves: ['QUOTE'],
    }));
    const rig = await Rig.start({ components, requestTimeoutMs: 3_600_000 });
    rig.executeMany(320, { type: 'QUOTE' });
    await rig.advance(30_000);
    expect(rig.of('alert.raised')).toEqual([]);
    await rig.advance(120_000);
    expect(rig.of('alert.raised')).toMatchObject([
      { kind: 'highLoad', severity: 'WARNING', componentId: undefined, message: expect.stringContaining('QUOTE') },
    ]);
  });

  it('are not raised for a burst', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 10 }] });
    rig.executeMany(10);
    await rig.advance(6_000);
    for (const run of work.runs) run.resolve();
    await rig.advance(60_000);
    expect(rig.of('alert.raised')).toEqual([]);
  });

  it('say no load above 100 %', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 10 }],
      requestTimeoutMs: 3_600_000,
    });
    rig.executeMany(10);
    await rig.advance();
    rig.balancer.updateComponent('a', { maxConcurrentTasks: 5 });
    await rig.advance(600_000);
    const said = rig.of('alert.raised').filter(({ kind }) => kind === 'overload');
    expect(said.length).toBeGreaterThan(0);
    for (const { message } of said) expect(message).toMatch(/ at (9\d|100) %/);
  });

  it('never silence a failure: it is an alert and a log line after minutes of load', async () => {
    const work = new ManualHandler();
    const components = Array.from({ length: 30 }, (_, k) => ({
      id: `c${k}`,
      handler: work.handle,
      serves: [`T${k}`],
      maxConcurrentTasks: 10,
    }));
    const rig = await Rig.start({ components, requestTimeoutMs: 36_000_000, maxAlertsPerHour: 5 });
    for (let k = 0; k < 30; k++) rig.executeMany(10, { type: `T${k}` });
    await rig.advance(300_000);
    expect(rig.balancer.getLoadBalancingMetrics().alerts.suppressed).toBeGreaterThan(0);
    rig.balancer.fail('c3', 'unplugged');
    await rig.advance();
    const told = rig.of('alert.raised').map(({ kind, componentId }) => `${kind} ${componentId}`);
    expect(told).toContain('componentFailed c3');
    expect(told).toContain('routeDown undefined');
  });
});

describe('log lines', () => {
  it('tell of each failure, failover and recovery with alerts switched off', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [{ id: 'a', handler: work.handle, check: () => true }, quick('b')],
      maxAlertsPerHour: 0,
    });
    rig.execute({ type: 'GENERAL', preferredComponents: ['a'] });
    await rig.advance();
    rig.balancer.fail('a', 'unplugged');
    await rig.advance(60_000);
    const lines = rig.log.lines.map(({ level, message }) => `${level} ${message}`);
    expect(lines).toContainEqual(expect.stringMatching(/^warn plimsoll: component a: \w+ to Failed \(unplugged\)/));
    expect(lines).toContainEqual(expect.stringMatching(/^warn plimsoll: failover of a \(unplugged\): 1 moved/));
    expect(lines).toContainEqual(expect.stringMatching(/^info plimsoll: failover of a: completed in/));
    expect(lines).toContainEqual(
      expect.stringMatching(/^info plimsoll: component a: Failed to Available \(recovered\)/),
    );
    expect(rig.of('alert.raised')).toEqual([]);
  });

  it('tell of maintenance, and not of load', async () => {
    const rig = await Rig.start({ components: [quick('a', { maxConcurrentTasks: 1 }), quick('b')] });
    await rig.balancer.execute({ type: 'GENERAL' });
    rig.balancer.drain('a');
    rig.balancer.resume('a');
    await rig.advance();
    const lines = rig.log.lines.map(({ message }) => message).filter((message) => message.includes('component '));
    expect(lines).toMatchObject([
      expect.stringContaining('Available to Maintenance'),
      expect.stringContaining('Maintenance to Available'),
    ]);
  });
});

describe('the cause of a failure', () => {
  it('is in the fact, the alert, the log and the error report, with its code', async () => {
    const rig = await Rig.start({ components: [failing('a'), quick('b'), quick('c')] });
    for (let k = 0; k < 60; k++) {
      rig.execute();
      await rig.advance(20);
    }
    const cause = { message: 'fetch failed: socket hang up', code: 'ECONNRESET' };
    const text = 'fetch failed: socket hang up (ECONNRESET)';
    expect(rig.of('component.statusChanged').find(({ to }) => to === 'Failed')).toMatchObject({
      componentId: 'a',
      cause,
    });
    expect(rig.of('failover.started')).toMatchObject([{ componentId: 'a', cause }]);
    expect(rig.of('alert.raised')).toMatchObject([
      { kind: 'componentFailed', cause, message: expect.stringContaining(text) },
    ]);
    expect(rig.of('error.reported')).toMatchObject([
      { code: 'COMPONENT_FAILED', cause: expect.stringContaining(text) },
    ]);
    for (const message of ['plimsoll: component a:', 'Component a failed'])
      expect(rig.log.lines).toContainEqual(
        expect.objectContaining({
          message: expect.stringMatching(new RegExp(`^${message}.*ECONNRESET`)),
          fields: expect.objectContaining({ cause }),
        }),
      );
  });

  it('of an earlier one is not given for a failure that somebody asked for', async () => {
    const rig = await Rig.start({ components: [failing('a'), quick('b')] });
    rig.execute({ type: 'GENERAL', preferredComponents: ['a'] });
    await rig.advance(1_000);
    rig.balancer.fail('a', 'unplugged');
    await rig.advance();
    const told = rig.of('component.statusChanged').find(({ to }) => to === 'Failed');
    expect(told).toMatchObject({ reason: 'unplugged' });
    expect(told).not.toHaveProperty('cause');
  });

  it('of a probe that failed is in the fact of it', async () => {
    const rig = await Rig.start({ components: [failing('a'), quick('b')] });
    rig.balancer.fail('a', 'unplugged');
    for (let k = 0; k < 100; k++) {
      rig.execute();
      await rig.advance(1_000);
    }
    expect(rig.of('component.stateChanged').map(({ reason }) => reason)).toContainEqual(
      expect.stringMatching(/^probe failed: .*ECONNRESET/),
    );
  });
});
