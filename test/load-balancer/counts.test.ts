import { createHook } from 'node:async_hooks';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { LoadBalancer } from '../../src/index.ts';
import { mayarbi } from '../../src/presets/mayarbi.ts';
import { VirtualClock } from '../../src/testing.ts';

/**
 * What a request costs, in counts that no machine's speed changes: a regression of the path shows here before anybody
 * measures time. Where a change is meant, so is the new number.
 */

const BURST = 20;

class CountingClock extends VirtualClock {
  timers = 0;

  override setTimeout(callback: () => void, ms: number): unknown {
    this.timers++;
    return super.setTimeout(callback, ms);
  }
}

interface Counts {
  /** Messages to actors. */
  events: number;
  /** Steps in which a statechart took a transition. */
  transitions: number;
  actors: number;
  timers: number;
}

class Counted {
  readonly clock = new CountingClock();
  private inspected = { events: 0, transitions: 0, actors: 0 };
  readonly balancer: LoadBalancer;

  constructor(handler: () => unknown) {
    this.balancer = new LoadBalancer({
      components: mayarbi(() => handler).map((spec) => ({ ...spec, serves: undefined })),
      clock: this.clock,
      statePath: null,
      logger: false,
    });
  }

  async start(): Promise<void> {
    await this.balancer.start();
    // the first request arms what serves all that follow
    await this.run();
    this.balancer.actor.system.inspect((event) => {
      if (event.type === '@xstate.event') this.inspected.events++;
      if (event.type === '@xstate.actor') this.inspected.actors++;
      if (event.type === '@xstate.microstep' && event._transitions.length > 0) this.inspected.transitions++;
    });
  }

  run(): Promise<unknown> {
    return this.balancer.execute({
      type: 'GENERAL',
      priority: 'HIGH',
      payload: 1,
      deadline: this.clock.now() + 5_000,
    });
  }

  async counts(work: () => Promise<unknown>): Promise<Counts> {
    this.inspected = { events: 0, transitions: 0, actors: 0 };
    const { timers } = this.clock;
    await work();
    return { ...this.inspected, timers: this.clock.timers - timers };
  }
}

const opened: Counted[] = [];

async function counted(handler: () => unknown = async () => 'done'): Promise<Counted> {
  const one = new Counted(handler);
  opened.push(one);
  await one.start();
  return one;
}

/** Turns of the microtask queue until it settles. */
async function turns(promise: Promise<unknown>): Promise<number> {
  let settled = false;
  promise.then(() => {
    settled = true;
  });
  let n = 0;
  for (; !settled; n++) await null;
  return n;
}

/** Promises that are made until all of it has settled. */
async function promisesIn(work: () => Promise<unknown>): Promise<number> {
  let made = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROMISE') made++;
    },
  });
  hook.enable();
  await work();
  hook.disable();
  return made;
}

describe('a request costs', () => {
  afterEach(async () => {
    for (const { balancer } of opened.splice(0)) await balancer.stop({ drain: false });
  });

  it('two messages: it arrives and is settled; no statechart moves, no actor and no timer is made', async () => {
    const one = await counted();
    expect(await one.counts(() => one.run())).toEqual({ events: 2, transitions: 0, actors: 0, timers: 0 });
  });

  it('one message more for those who watch the messages: its assignment', async () => {
    const one = await counted();
    const [end, endAgain] = [one.balancer.observeMessages(), one.balancer.observeMessages()];
    expect(await one.counts(() => one.run())).toMatchObject({ events: 3, transitions: 0 });
    end();
    end();
    expect(await one.counts(() => one.run())).toMatchObject({ events: 3 });
    endAgain();
    expect(await one.counts(() => one.run())).toMatchObject({ events: 2 });
  });

  it('no more in a burst: what a tick submits arrives as one, and what settles in a tick travels as one', async () => {
    const one = await counted();
    const burst = () => Promise.all(Array.from({ length: BURST }, () => one.run()));
    expect(await one.counts(burst)).toEqual({ events: 2, transitions: 0, actors: 0, timers: 0 });
  });

  it('nor when it must wait for a slot, nor when it is assigned where that changes nothing', async () => {
    const one = await counted();
    one.balancer.pauseDispatch();
    const waiting = Array.from({ length: BURST }, () => one.run());
    const first = await one.counts(async () => {
      one.balancer.resumeDispatch();
      await Promise.all(waiting);
    });
    // resuming is one message and one transition
    expect(first).toEqual({ events: 2, transitions: 1, actors: 0, timers: 0 });
  });

  it('so many turns of the microtask queue, by what its handler returns', async () => {
    const plain = await counted(() => 'done');
    expect(await turns(plain.run())).toBe(2);
    const asynchronous = await counted(async () => 'done');
    expect(await turns(asynchronous.run())).toBe(4);
  });

  it('nothing of the watch for unhandled rejections when it is rejected: it is told once its call has returned', async () => {
    const { balancer } = await counted();
    const rejected = balancer.execute({ type: 'GENERAL', deadline: 0 });
    const settled = Promise.allSettled([rejected]);
    expect(inspect(rejected)).toContain('<pending>');
    expect(await settled).toMatchObject([{ status: 'rejected', reason: { code: 'DEADLINE_EXCEEDED' } }]);
  });

  it('three promises: its own, that of the handler, and one by which the handler is heard', async () => {
    const one = await counted();
    const burst = (count: number) => promisesIn(() => Promise.all(Array.from({ length: count }, () => one.run())));
    await burst(BURST);
    const [few, many] = [await burst(BURST), await burst(2 * BURST)];
    // Promise.all makes another one for each
    expect((many - few) / BURST).toBe(3 + 1);
  });
});
