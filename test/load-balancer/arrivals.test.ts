import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it, vi } from 'vitest';
import { countsOf } from '../../src/engine/reporting/metrics.ts';
import { HOLD, type Policy, type WorkloadRequest } from '../../src/index.ts';
import { VirtualClock } from '../../src/testing.ts';
import { ManualHandler, quick, Rig, type RigConfig } from '../support/rig.ts';

/**
 * What calls submit within one tick travels to the balancer as one message. Nobody can tell: a request is read when
 * `execute` is called, and it arrives before anything that comes after it.
 */

async function held(config: Partial<RigConfig> = {}): Promise<{ rig: Rig; work: ManualHandler }> {
  const work = new ManualHandler();
  const rig = await Rig.start({
    components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 2 }],
    ...config,
  });
  return { rig, work };
}

/** Messages about requests that reach the balancer. */
function messages({ balancer: { actor } }: Rig): () => string[] {
  const types: string[] = [];
  actor.system.inspect((event) => {
    if (event.type === '@xstate.event' && event.actorRef === actor && /^(requests?|attempts)\./.test(event.event.type))
      types.push(event.event.type);
  });
  return () => types.splice(0);
}

describe('requests submitted within one tick', () => {
  it('travel as one message, and so do their settlements', async () => {
    const { rig, work } = await held();
    const sent = messages(rig);
    rig.executeMany(5);
    expect(sent()).toEqual([]);
    await rig.advance();
    expect(sent()).toEqual(['requests.submitted']);
    for (const run of work.runs) run.resolve();
    await rig.advance();
    expect(sent()).toEqual(['attempts.settled']);
    expect(rig.counts).toMatchObject({ completed: 2, inFlight: 2, queued: 1 });
  });

  it('are there for whoever asks in the same tick', async () => {
    const reads: [string, (rig: Rig) => unknown, unknown][] = [
      ['metrics', ({ balancer }) => balancer.getLoadBalancingMetrics().requests.queued, 1],
      ['dashboard', ({ balancer }) => balancer.getLoadBalancerDashboardData().requests.inFlight, 2],
      ['capacity', ({ balancer }) => balancer.getComponentCapacity('a')?.slotsTaken, 2],
      ['glance', ({ balancer }) => balancer.liveStats().queue.size, 1],
      ['selectComponent', ({ balancer }) => balancer.selectComponent({ type: 'GENERAL' }), undefined],
      ['whatIf', ({ balancer }) => balancer.previewSelection({ type: 'GENERAL' }).considered[0]?.slotsFree, 0],
      ['explain', ({ balancer }) => balancer.explain('third').length, 0],
      ['cancel', ({ balancer }) => balancer.cancel('third'), true],
    ];
    for (const [what, read, expected] of reads) {
      const { rig } = await held();
      rig.balancer.liveStats();
      rig.executeMany(2);
      rig.execute({ id: 'third' });
      expect(read(rig), what).toEqual(expected);
    }
  });

  it('fill the queue for whoever waits for room in the same tick', async () => {
    const { rig, work } = await held({ maxQueueSize: 10 });
    rig.executeMany(12);
    let ready = false;
    rig.balancer.ready().then(() => {
      ready = true;
    });
    await rig.advance();
    expect(ready).toBe(false);
    for (let k = 0; k < 12; k++) {
      work.runs[k]?.resolve();
      await rig.advance();
    }
    expect(ready).toBe(true);
  });

  it('keep their order with submissions that are messages of their own', async () => {
    const { rig, work } = await held();
    rig.balancer.updateComponent('a', { maxConcurrentTasks: 20 });
    const controller = new AbortController();
    rig.execute({ id: '1' });
    rig.execute({ id: '2' }, { signal: controller.signal });
    rig.execute({ id: '3' });
    rig.balancer.submitRequest({ type: 'GENERAL', id: '4' });
    rig.execute({ id: '5' });
    rig.balancer.actor.send({ type: 'request.submit', request: { type: 'GENERAL', id: '6' } });
    rig.execute({ id: '7' });
    await rig.advance();
    expect(rig.of('request.accepted').map(({ requestId }) => requestId)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    expect(work.runs.map(({ request }) => request.id)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  });

  it('keep their order with commands: what comes after them finds them there', async () => {
    const { rig, work } = await held();
    rig.execute({ id: 'before' });
    rig.balancer.actor.send({ type: 'component.update', componentId: 'a', serves: ['OTHER'] });
    const late = rig.execute({ id: 'after' });
    await rig.advance();
    expect(work.runs.map(({ request }) => request.id)).toEqual(['before']);
    expect(late.error).toMatchObject({ code: 'NO_ELIGIBLE_COMPONENT', reason: 'notServed' });
    work.last.resolve();
    await rig.advance();
    expect(rig.counts).toMatchObject({ completed: 1, rejected: 1 });
  });

  it('are read when they are handed in: what becomes of the object later does not count', async () => {
    const { rig, work } = await held({ components: [{ id: 'a', handler: () => new Promise(() => {}) }] });
    rig.balancer.drain('a');
    rig.balancer.register({ id: 'b', handler: work.handle, maxConcurrentTasks: 1, serves: ['TRADE', 'QUOTE'] });
    const template: { -readonly [K in keyof WorkloadRequest]: WorkloadRequest[K] } = { type: 'TRADE', id: 'x' };
    const promises = (['LOW', 'CRITICAL', 'NORMAL'] as const).map((priority, k) => {
      Object.assign(template, { id: `${k}`, priority, deadline: rig.clock.now() + 1_000 * (k + 1) });
      return rig.balancer.execute(template).catch(({ code }) => `${k} ${code}`);
    });
    Object.assign(template, { type: 'NOBODY', priority: 'none', id: 5, deadline: 0 });
    await rig.advance();
    const accepted = rig
      .of('request.accepted')
      .map(({ requestId, priority, workload }) => [requestId, priority, workload]);
    expect(accepted).toEqual([
      ['0', 'LOW', 'TRADE'],
      ['1', 'CRITICAL', 'TRADE'],
      ['2', 'NORMAL', 'TRADE'],
    ]);
    await rig.advance(3_000);
    expect(await Promise.all(promises)).toEqual(['0 DEADLINE_EXCEEDED', '1 DEADLINE_EXCEEDED', '2 DEADLINE_EXCEEDED']);
  });

  it('are told apart: those that are not valid or find no place are refused, each with its reason', async () => {
    const { rig } = await held({ maxQueueSize: 1 });
    const all = [
      rig.execute({ id: 'a' }),
      rig.execute({ id: 'a' }),
      rig.execute({ deadline: 0 }),
      rig.execute({ priority: 'URGENT' as 'HIGH' }),
      rig.execute({ id: 'b' }),
      rig.execute({ id: 'c' }),
      rig.execute({ id: 'd' }),
      rig.execute({ id: 'e', priority: 'CRITICAL' }),
    ];
    await rig.advance();
    expect(all.map(({ error }) => error?.reason ?? error?.code)).toEqual([
      undefined,
      'duplicateId',
      'infeasible',
      'INVALID_REQUEST',
      undefined,
      'evicted',
      'queueFull',
      undefined,
    ]);
    expect(rig.counts).toMatchObject({ submitted: 8, inFlight: 2, queued: 1, rejected: 4, shed: 1 });
    // those that were refused are of no concern to the next that are given their jobs
    const next = rig.execute({ id: 'e' });
    await rig.advance();
    expect(next.error?.reason).toBe('duplicateId');
    expect(rig.balancer.cancel('e')).toBe(true);
    expect(rig.balancer.cancel('d')).toBe(false);
  });

  it('run in the async context of the call each', async () => {
    const trace = new AsyncLocalStorage<number>();
    const seen: unknown[] = [];
    const rig = await Rig.start({
      components: [{ id: 'a', handler: ({ payload }) => void seen.push([payload, trace.getStore()]) }],
    });
    for (const n of [1, 2, 3]) trace.run(n, () => rig.execute({ payload: n }));
    await rig.advance();
    expect(seen).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  it('are a message each for those who watch the messages', async () => {
    const { rig } = await held();
    const sent = messages(rig);
    const end = rig.balancer.observeMessages();
    rig.executeMany(2);
    expect(sent()).toEqual(['request.submit', 'request.submit']);
    end();
    rig.executeMany(2);
    await rig.advance();
    expect(sent()).toEqual(['requests.submitted']);
  });

  it('in a flood arrive while it comes, so that what finds no room is not kept', async () => {
    const { rig } = await held({ maxQueueSize: 100 });
    const sent = messages(rig);
    const all = rig.executeMany(5_000);
    expect(sent()).toEqual(Array.from({ length: 4 }, () => 'requests.submitted'));
    expect(countsOf(rig.state)).toMatchObject({ submitted: 4_096, rejected: 4_096 - 102 });
    await rig.advance();
    expect(all.filter(({ error }) => error?.code === 'QUEUE_FULL')).toHaveLength(5_000 - 102);
    expect(rig.counts).toMatchObject({ submitted: 5_000, inFlight: 2, queued: 100 });
  });

  it('do not ask again and again about one that waits for a better component', async () => {
    let picks = 0;
    const picky: Policy = { name: 'picky', select: () => (picks++ === 0 ? 0 : HOLD) };
    const { rig, work } = await held({ algorithm: picky });
    rig.executeMany(50);
    await rig.advance();
    expect([work.runs.length, rig.counts.queued, picks]).toEqual([1, 49, 2]);
    // one message later it is asked about anew
    rig.execute();
    await rig.advance();
    expect(picks).toBe(3);
  });

  it('arrive at the last time that is known when the clock throws', async () => {
    let broken = false;
    const clock = new (class extends VirtualClock {
      override now(): number {
        if (broken) throw new Error('no time');
        return super.now();
      }
    })(1_000_000);
    const { rig, work } = await held({ clock });
    broken = true;
    const first = rig.execute({ payload: 1 });
    for (let k = 0; k < 20; k++) await null;
    expect(work.runs).toHaveLength(1);
    expect(rig.log.lines.map(({ message }) => message)).toContain('plimsoll: the clock threw');
    broken = false;
    rig.execute({ payload: 2 });
    await rig.advance();
    expect(work.runs.map(({ request }) => request.payload)).toEqual([1, 2]);
    work.runs[0]!.resolve('done');
    await rig.advance();
    expect(first.value).toBe('done');
  });

  it('concern nobody else when one of them meets a defect of plimsoll’s own', async () => {
    const { rig, work } = await held({ expectDefects: true });
    vi.spyOn(rig.state.requests.jobs, 'admit').mockImplementationOnce(() => {
      throw new Error('a defect');
    });
    const all = rig.executeMany(3);
    await rig.advance();
    expect(rig.of('error.reported')).toMatchObject([{ code: 'INTERNAL_DEFECT', severity: 'CRITICAL' }]);
    expect(work.runs).toHaveLength(2);
    for (const run of work.runs) run.resolve('done');
    await rig.advance();
    expect(all.slice(1).map(({ value }) => value)).toEqual(['done', 'done']);
  });
});

describe('the end of the balancer in the tick in which requests are submitted', () => {
  it('lets them finish when it drains', async () => {
    const { rig, work } = await held();
    const all = rig.executeMany(3);
    const stopped = rig.balancer.stop();
    const late = rig.execute();
    for (let k = 0; k < 3; k++) {
      await rig.advance();
      work.runs[k]!.resolve('done');
    }
    await rig.advance();
    await stopped;
    expect(all.map(({ value }) => value)).toEqual(['done', 'done', 'done']);
    expect(late.error).toMatchObject({ code: 'NOT_RUNNING', reason: 'draining' });
  });

  it('cancels them when it does not, or is stopped from outside', async () => {
    for (const end of [
      (rig: Rig) => void rig.balancer.stop({ drain: false }),
      (rig: Rig) => void rig.balancer.actor.stop(),
    ]) {
      const { rig, work } = await held();
      const all = rig.executeMany(3);
      end(rig);
      await rig.advance();
      expect(all.map(({ error }) => error?.reason)).toEqual(['stopped', 'stopped', 'stopped']);
      expect(work.runs).toHaveLength(0);
      expect(rig.counts).toMatchObject({ submitted: 3, cancelled: 3 });
    }
  });

  it('rejects what its own listeners submit while it ends', async () => {
    const { rig } = await held();
    const late: ReturnType<Rig['execute']>[] = [];
    rig.balancer.on('request.cancelled', () => {
      late.push(rig.execute(), rig.execute({}, { signal: new AbortController().signal }));
      late.push(rig.execute({ priority: 5 as never }));
    });
    rig.execute();
    await rig.advance();
    rig.balancer.actor.stop();
    await rig.advance();
    expect(late.map(({ error }) => error?.code)).toEqual(['NOT_RUNNING', 'NOT_RUNNING', 'NOT_RUNNING']);
    expect(rig.counts).toMatchObject({ submitted: 4, cancelled: 1, rejected: 3 });
    expect(rig.state.mailbox.pendingSubmissions.size).toBe(0);
  });
});

describe('a request handed in by a policy, from within the transition', () => {
  it('follows its type to whoever serves it when the transition is over', async () => {
    let hand: (() => void) | undefined;
    const last: Policy = {
      name: 'last',
      select(candidates) {
        const once = hand;
        hand = undefined;
        once?.();
        return candidates.count - 1;
      },
    };
    const rig = await Rig.start({ components: [quick('all')], algorithm: last });
    let tracked: ReturnType<Rig['execute']> | undefined;
    hand = () => {
      tracked = rig.execute({ type: 'NEW' });
    };
    rig.execute();
    // the request arrives before this, and with it the policy submits the other one
    rig.balancer.register(quick('new', { serves: ['NEW'] }));
    await rig.advance();
    expect(tracked?.value).toBe('new');
    expect(hand).toBeUndefined();
  });
});
