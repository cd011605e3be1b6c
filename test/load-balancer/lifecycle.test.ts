import { describe, expect, it } from 'vitest';
import { InvalidConfigError, NotRunningError, type StateStore } from '../../src/index.ts';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

/** A store that answers when the test says so. */
class SlowStore implements StateStore {
  loaded: (value?: unknown) => void = () => {};
  failed: (error: unknown) => void = () => {};
  saved: () => void = () => {};
  loads = 0;
  saves = 0;
  closed = 0;

  load(): Promise<unknown> {
    this.loads++;
    return new Promise((resolve, reject) => {
      this.loaded = resolve;
      this.failed = reject;
    });
  }

  save(): Promise<void> {
    this.saves++;
    return new Promise((resolve) => {
      this.saved = resolve;
    });
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

describe('a balancer that starts', () => {
  it('queues what comes while its store loads', async () => {
    const store = new SlowStore();
    const rig = new Rig({ components: [quick('a')], store });
    let started = false;
    const starting = rig.balancer.start().then(() => {
      started = true;
    });
    const tracked = rig.execute();
    expect(rig.balancer.submitRequest({ type: 'GENERAL' })).toBe(true);
    await rig.advance(5_000);
    expect(tracked.outcome).toBeUndefined();
    expect(rig.counts).toMatchObject({ submitted: 2, queued: 2 });
    expect(rig.balancer.selectComponent({ type: 'GENERAL' })).toBeUndefined();
    expect(rig.balancer.getLoadBalancingMetrics().regions.phase).toBe('starting');
    expect(started).toBe(false);
    store.loaded(undefined);
    await rig.advance();
    await starting;
    expect(tracked.value).toBe('a');
    expect(rig.counts.completed).toBe(2);
    const stopped = rig.balancer.stop();
    await rig.advance();
    store.saved();
    await rig.advance();
    await stopped;
    expect(store).toMatchObject({ loads: 1, saves: 1, closed: 1 });
  });

  it('does without a store that hangs, and says so', async () => {
    const store = new SlowStore();
    const rig = new Rig({ components: [quick('a')], store });
    const starting = rig.balancer.start();
    const tracked = rig.execute();
    await rig.advance(10_000);
    await starting;
    expect(tracked.value).toBe('a');
    expect(rig.of('alert.raised')).toMatchObject([{ kind: 'stateNotLoaded', severity: 'ERROR' }]);
    // what comes too late is not taken
    store.loaded({ nonsense: true });
    await rig.advance();
    expect(rig.of('alert.raised')).toHaveLength(1);
  });

  it.for(['throws', 'rejects'])('goes on fresh when its store %s', async (how) => {
    const store: StateStore = {
      load() {
        if (how === 'throws') throw new Error('disk on fire');
        return Promise.reject(new Error('disk on fire'));
      },
      save: async () => {
        throw new Error('disk still on fire');
      },
      quarantine: async () => {
        throw new Error('cannot move');
      },
      close: async () => {
        throw new Error('cannot close');
      },
    };
    const rig = await Rig.start({ components: [quick('a')], store });
    await rig.advance();
    expect(rig.of('error.reported')[0]).toMatchObject({ code: 'STATE_NOT_LOADED', cause: { message: 'disk on fire' } });
    expect(await rig.balancer.execute({ type: 'GENERAL' })).toBe('a');
    await rig.balancer.stop();
    await rig.advance();
    const codes = rig.of('error.reported').map(({ code }) => code);
    expect(codes).toContain('STATE_NOT_SAVED');
  });

  it('is told apart from one that has started: a second start changes nothing', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle }] });
    rig.execute();
    await Promise.all([rig.balancer.start(), rig.balancer.startLoadBalancing()]);
    await rig.advance();
    expect(rig.counts.inFlight).toBe(1);
    expect(rig.of('component.registered')).toEqual([]);
  });

  it('may be stopped meanwhile: the start is refused, what was queued is served', async () => {
    const store = new SlowStore();
    const rig = new Rig({ components: [quick('a')], store });
    const starting = rig.balancer.start().catch((error: unknown) => error);
    const queued = rig.execute();
    const stopped = rig.balancer.stop();
    await rig.advance();
    expect(await starting).toBeInstanceOf(NotRunningError);
    expect(queued.value).toBe('a');
    // nothing takes the place of what it has not read
    expect(store).toMatchObject({ loads: 1, saves: 0 });
    store.loaded(undefined);
    await rig.advance();
    store.saved();
    await rig.advance();
    await stopped;
    expect(store).toMatchObject({ loads: 1, saves: 1 });
    await expect(rig.balancer.start()).rejects.toThrow(NotRunningError);
  });

  it('may be stopped at once meanwhile: what was queued is cancelled', async () => {
    const rig = new Rig({ components: [quick('a')], store: new SlowStore() });
    rig.balancer.start().catch(() => {});
    const queued = rig.execute();
    void rig.balancer.stop({ drain: false });
    await rig.advance();
    expect(queued.error).toMatchObject({ code: 'REQUEST_CANCELLED', reason: 'stopped' });
    expect(rig.of('request.assigned')).toEqual([]);
  });
});

describe('a balancer that stops', () => {
  it('waits for what runs, what is queued and what waits for a retry', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 1 }],
      retry: { baseMs: 100, capMs: 100 },
      random: () => 0.5,
    });
    const first = rig.execute();
    const second = rig.execute();
    await rig.advance();
    const stopped = rig.balancer.stop();
    work.last.reject(new Error('once more'));
    await rig.advance(1);
    expect(rig.counts).toMatchObject({ awaitingRetry: 1, inFlight: 1 });
    work.last.resolve('second');
    await rig.advance(50);
    expect(second.value).toBe('second');
    work.last.resolve('first');
    await rig.advance();
    await stopped;
    expect(first.value).toBe('first');
    expect(rig.counts).toMatchObject({ completed: 2, cancelled: 0 });
  });

  it('cancels what is left when its time is over, and tells its handlers', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 1 }] });
    const [running, queued] = rig.executeMany(2);
    await rig.advance();
    const stopped = rig.balancer.stop({ timeoutMs: 5_000 });
    await rig.advance(4_999);
    expect(rig.hasStopped).toBe(false);
    await rig.advance(1);
    await stopped;
    expect(running?.error).toMatchObject({ code: 'REQUEST_CANCELLED', reason: 'stopped' });
    expect(queued?.error).toMatchObject({ code: 'REQUEST_CANCELLED', reason: 'stopped' });
    expect(work.last.context.signal.aborted).toBe(true);
    expect(work.runs).toHaveLength(1);
    expect(rig.counts).toMatchObject({ submitted: 2, cancelled: 2, inFlight: 0, queued: 0 });
    expect(rig.of('request.cancelled')).toHaveLength(2);
  });

  it('logs what settles after its end', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle }] });
    rig.executeMany(2);
    await rig.advance();
    await rig.balancer.stop({ drain: false });
    work.runs[0]?.resolve('late');
    work.runs[1]?.reject(new Error('late too'));
    await rig.advance();
    const lines = rig.log.lines.filter(({ message }) => message.includes('after the balancer had stopped'));
    expect(lines).toMatchObject([{ fields: { ok: true } }, { fields: { ok: false, err: { message: 'late too' } } }]);
    expect(rig.balancer.getLoadBalancingMetrics().attempts.settledLate).toBe(2);
  });

  it('may be stopped twice, and the second may hasten the first', async () => {
    const rig = await Rig.start({ components: [{ id: 'a', handler: () => new Promise(() => {}) }] });
    const tracked = rig.execute();
    const first = rig.balancer.stop();
    const second = rig.balancer.stop();
    await rig.advance(1_000);
    expect(rig.of('command.refused')).toMatchObject([{ command: 'balancer.stop', state: 'draining' }]);
    expect(rig.hasStopped).toBe(false);
    const third = rig.balancer.stop({ drain: false });
    await rig.advance();
    await Promise.all([first, second, third, rig.balancer.stop()]);
    expect(tracked.error).toMatchObject({ reason: 'stopped' });
  });

  it.for([-1, Number.NaN])('takes no time-out of %d', async (timeoutMs) => {
    const rig = await Rig.start({ components: [quick('a')] });
    await expect(rig.balancer.stop({ timeoutMs })).rejects.toThrow(InvalidConfigError);
    expect(rig.hasStopped).toBe(false);
    rig.balancer.actor.send({ type: 'balancer.stop', timeoutMs });
    await rig.advance();
    expect(rig.hasStopped).toBe(true);
  });

  it('without ever having been started is done at once, and cannot be started', async () => {
    const rig = new Rig({ components: [quick('a')] });
    let completed = 0;
    rig.balancer.events$.subscribe({ complete: () => completed++ });
    await rig.balancer.stop();
    await rig.balancer.stop();
    expect(completed).toBe(1);
    await expect(rig.balancer.start()).rejects.toThrow(NotRunningError);
    const after = rig.execute();
    await rig.advance();
    expect(after.error).toMatchObject({ reason: 'stopped' });
  });

  it('does so from inside a handler that waits for it, when the time for draining is over', async () => {
    const stops: Promise<void>[] = [];
    const rig: Rig = await Rig.start({
      components: [
        {
          id: 'a',
          handler: async () => {
            const stopped = rig.balancer.stop({ timeoutMs: 3_000 });
            stops.push(stopped);
            await stopped;
          },
        },
      ],
    });
    const tracked = rig.execute();
    await rig.advance(3_000);
    await stops[0];
    expect(tracked.error).toMatchObject({ code: 'REQUEST_CANCELLED', reason: 'stopped' });
    expect(rig.hasStopped).toBe(true);
  });

  it('does so from inside a handler that does not wait', async () => {
    const rig: Rig = await Rig.start({
      components: [
        {
          id: 'a',
          handler: () => {
            void rig.balancer.stop({ drain: false });
            return 'too late';
          },
        },
      ],
    });
    const [first, second] = rig.executeMany(2);
    await rig.advance();
    expect(rig.hasStopped).toBe(true);
    expect(first?.error).toMatchObject({ reason: 'stopped' });
    expect(second?.error).toMatchObject({ reason: 'stopped' });
  });

  it('dispatches what a pause has held back', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    expect(rig.balancer.pauseDispatch()).toBe(true);
    const tracked = rig.executeMany(3);
    await rig.advance();
    expect(rig.counts.queued).toBe(3);
    expect(rig.balancer.selectComponent({ type: 'GENERAL' })).toBeUndefined();
    await Promise.all([rig.balancer.stop(), rig.advance()]);
    expect(tracked.map(({ value }) => value)).toEqual(['a', 'a', 'a']);
  });

  it('and is paused starts nothing that it will only cancel', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    rig.balancer.pauseDispatch();
    const tracked = rig.execute();
    await Promise.all([rig.balancer.stop({ drain: false }), rig.advance()]);
    expect(tracked.error).toMatchObject({ reason: 'stopped' });
    expect(rig.of('request.assigned')).toEqual([]);
  });

  it('waits no longer than 10 s for a store that hangs', async () => {
    const store: StateStore = { load: async () => undefined, save: () => new Promise(() => {}) };
    const rig = await Rig.start({ components: [quick('a')], store });
    const stopped = rig.balancer.stop();
    await rig.advance(9_999);
    expect(rig.hasStopped).toBe(false);
    await rig.advance(1);
    await stopped;
    expect(rig.of('alert.raised')).toMatchObject([{ kind: 'stateNotSaved' }]);
  });

  it('settles everything when its actor is stopped from outside', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 1 }] });
    const [running, queued] = rig.executeMany(2);
    await rig.advance();
    rig.balancer.actor.stop();
    await rig.balancer.stop();
    await rig.advance();
    expect([running?.error?.reason, queued?.error?.reason]).toEqual(['stopped', 'stopped']);
    expect(work.last.context.signal.aborted).toBe(true);
    const after = rig.execute();
    await rig.advance();
    expect(after.error).toMatchObject({ code: 'NOT_RUNNING', reason: 'stopped' });
    await expect(rig.balancer.start()).rejects.toThrow(NotRunningError);
  });

  it('leaves no timer behind', async () => {
    const rig = await Rig.start({ components: [{ id: 'a', handler: () => new Promise(() => {}), check: () => true }] });
    rig.balancer.metrics$(100).subscribe(() => {});
    rig.executeMany(20, { timeoutMs: 500 });
    await rig.advance(15_000);
    await Promise.all([rig.balancer.stop({ drain: false }), rig.advance()]);
    expect(rig.clock.pending).toBe(0);
  });

  it('is disposed of by `await using`', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    await Promise.all([rig.balancer[Symbol.asyncDispose](), rig.advance()]);
    expect(rig.hasStopped).toBe(true);
  });
});
