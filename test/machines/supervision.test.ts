import { describe, expect, it, vi } from 'vitest';
import { componentLogic } from '../../machines/component/index.ts';
import { ManualHandler, quick, Rig, type RigConfig } from '../support/rig.ts';

/** The logic of component actors, which crashes when it is told to. */
class Saboteur {
  /** Component ids whose actors crash at the next event of this type; '*': at any. */
  readonly bombs = new Map<string, string>();
  /** Components whose actors crash as soon as they are made. */
  readonly stillborn = new Set<string>();
  readonly logic: typeof componentLogic;

  constructor() {
    const logic: typeof componentLogic = Object.create(componentLogic);
    logic.getInitialSnapshot = (scope, input) => {
      if (this.stillborn.has(input?.id ?? '')) throw new Error('stillborn');
      return componentLogic.getInitialSnapshot(scope, input);
    };
    logic.transition = (snapshot, event, scope) => {
      const bomb = this.bombs.get(snapshot.context.id);
      if (bomb === '*' || bomb === event.type) {
        this.bombs.delete(snapshot.context.id);
        throw new Error('boom');
      }
      return componentLogic.transition(snapshot, event, scope);
    };
    this.logic = logic;
  }

  /** Crashes a component's actor now. */
  crash(rig: Rig, id: string): void {
    this.bombs.set(id, '*');
    rig.state.fleet.records[rig.state.fleet.components.indexOf(id)]?.actor?.send({ type: 'load.dwellElapsed' });
  }
}

async function sabotaged(
  config: Partial<RigConfig> = {},
): Promise<{ rig: Rig; saboteur: Saboteur; work: ManualHandler }> {
  const work = new ManualHandler();
  const saboteur = new Saboteur();
  const rig = new Rig({
    components: [{ id: 'c', handler: work.handle }, quick('spare', { maxConcurrentTasks: 90 })],
    recovery: { jitter: 0 },
    ...config,
  });
  Object.assign(rig.state.options, { componentLogic: saboteur.logic });
  await rig.balancer.start();
  return { rig, saboteur, work };
}

describe('a component actor that crashes', () => {
  it('is restarted, isolated, and its work goes on elsewhere', async () => {
    const { rig, saboteur, work } = await sabotaged();
    const twice = rig.execute({ preferredComponents: ['c'] });
    const once = rig.execute({ preferredComponents: ['c'], idempotent: false });
    await rig.advance();
    const { signal } = work.runs[0]!.context;
    saboteur.crash(rig, 'c');
    await rig.advance();
    expect(twice.value).toBe('spare');
    expect(signal.aborted).toBe(true);
    expect(rig.stateOf('c')).toBe('failed.isolated');
    expect(rig.balancer.getLoadBalancingMetrics().components.c).toMatchObject({ restarts: 1, failuresInARow: 1 });
    expect(rig.of('failover.started')).toMatchObject([{ reason: 'crashed', rerouted: 1, awaiting: 1 }]);
    expect(rig.of('error.reported')[0]).toMatchObject({
      code: 'COMPONENT_CRASHED',
      componentId: 'c',
      cause: { message: 'boom' },
    });
    // what may not run twice is awaited, and its slot is the new actor's
    work.runs[1]?.resolve('signed');
    await rig.advance();
    expect(once.value).toBe('signed');
    await rig.advance(1_000);
    expect(rig.stateOf('c')).toBe('failed.probing');
  });

  it('while work is bound to it loses none', async () => {
    const handler = new ManualHandler();
    const { rig, saboteur } = await sabotaged({
      // its actor hears of the fourth assignment, which makes it busy
      components: [
        { id: 'c', handler: handler.handle, maxConcurrentTasks: 5 },
        quick('spare', { maxConcurrentTasks: 90 }),
      ],
    });
    saboteur.bombs.set('c', 'request.assign');
    const warned = vi.spyOn(console, 'warn').mockReturnValue();
    const tracked = rig.executeMany(5, { preferredComponents: ['c'], idempotent: false });
    await rig.advance();
    // in development XState writes out what is sent to a stopped actor, and its older versions do not expect that to fail
    expect(warned.mock.calls).toEqual([
      [expect.stringContaining('"attempt":{"type":"GENERAL","number":1,"component":0}')],
    ]);
    warned.mockRestore();
    expect(rig.stateOf('c')).toBe('failed.isolated');
    expect(tracked.map(({ value }) => value)).toEqual(['spare', 'spare', 'spare', 'spare', 'spare']);
  });

  it('in maintenance comes back drained', async () => {
    const { rig, saboteur } = await sabotaged({
      components: [quick('c', { maxConcurrentTasks: 90 }), quick('spare', { maxConcurrentTasks: 10 })],
    });
    rig.balancer.drain('c');
    saboteur.crash(rig, 'c');
    await rig.advance();
    expect(rig.stateOf('c')).toBe('maintenance.drained');
    await rig.advance(60_000);
    expect(rig.stateOf('c')).toBe('maintenance.drained');
    expect(rig.balancer.resume('c')).toBe(true);
  });

  it('while it leaves is removed', async () => {
    const { rig, saboteur, work } = await sabotaged();
    const once = rig.execute({ preferredComponents: ['c'], idempotent: false });
    await rig.advance();
    rig.balancer.deregister('c');
    saboteur.crash(rig, 'c');
    await rig.advance();
    expect(rig.balancer.getComponentCapacity('c')).toBeDefined();
    work.last.resolve('signed');
    await rig.advance();
    expect(once.value).toBe('signed');
    expect(rig.balancer.getComponentCapacity('c')).toBeUndefined();
    expect(rig.of('component.deregistered')).toHaveLength(1);
  });

  it('four times in five seconds is left an orphan until somebody recovers it', async () => {
    const { rig, saboteur } = await sabotaged();
    for (let k = 0; k < 4; k++) {
      expect(rig.stateOf('c')).not.toBe('failed.crashLoop');
      saboteur.crash(rig, 'c');
      await rig.advance(100);
    }
    expect(rig.balancer.getComponentCapacity('c')).toMatchObject({ status: 'Failed', state: 'failed.crashLoop' });
    expect(rig.of('alert.raised').filter(({ kind }) => kind === 'crashLoop')).toMatchObject([
      { severity: 'CRITICAL', componentId: 'c' },
    ]);
    await rig.advance(600_000);
    expect(rig.stateOf('c')).toBe('failed.crashLoop');
    const { balancer } = rig;
    expect([balancer.drain('c'), balancer.resume('c'), balancer.fail('c')]).toEqual([false, false, false]);
    await rig.advance();
    expect(rig.of('command.refused').map(({ state: stateName }) => stateName)).toEqual([
      'crashLoop',
      'crashLoop',
      'crashLoop',
    ]);
    expect(await balancer.execute({ type: 'x', preferredComponents: ['c'] })).toBe('spare');

    expect(balancer.recover('c')).toBe(true);
    expect(rig.stateOf('c')).toBe('failed.probing');
    // it has slots for itself: three requests are its probes
    const probes = [rig.execute(), rig.execute(), rig.execute()];
    await rig.advance();
    expect(probes.every(({ outcome }) => outcome !== 'rejected')).toBe(true);
  });

  it('more slowly than that is restarted for ever', async () => {
    const { rig, saboteur } = await sabotaged();
    for (let k = 0; k < 12; k++) {
      saboteur.crash(rig, 'c');
      await rig.advance(2_500);
    }
    expect(rig.balancer.getLoadBalancingMetrics().components.c?.restarts).toBe(12);
  });

  it('can be deregistered as an orphan, and its id used again', async () => {
    const { rig, saboteur } = await sabotaged();
    for (let k = 0; k < 4; k++) {
      saboteur.crash(rig, 'c');
      await rig.advance();
    }
    expect(rig.balancer.deregister('c')).toBe(true);
    expect(rig.balancer.getComponentCapacity('c')).toBeUndefined();
    rig.balancer.register(quick('c'));
    expect(await rig.balancer.execute({ type: 'x', preferredComponents: ['c'] })).toBe('c');
    expect(rig.balancer.getLoadBalancingMetrics().regions.failover).toBe('steady');
  });

  it('before it has begun is an orphan at once after three more tries', async () => {
    const { rig, saboteur } = await sabotaged();
    saboteur.stillborn.add('d');
    rig.balancer.register(quick('d'));
    await rig.advance();
    expect(rig.stateOf('d')).toBe('failed.crashLoop');
    saboteur.stillborn.delete('d');
    expect(rig.balancer.recover('d')).toBe(true);
    expect(rig.stateOf('d')).toBe('failed.probing');
  });

  it('before the balancer has begun leaves the balancer alive', async () => {
    const saboteur = new Saboteur();
    saboteur.stillborn.add('c');
    const rig = new Rig({ components: [quick('c'), quick('spare')] });
    Object.assign(rig.state.options, { componentLogic: saboteur.logic });
    await rig.balancer.start();
    await rig.advance();
    expect(rig.stateOf('c')).toBe('failed.crashLoop');
    expect(await rig.balancer.execute({ type: 'x' })).toBe('spare');
  });

  it('that has been replaced is not mourned twice', async () => {
    const { rig, saboteur } = await sabotaged();
    saboteur.crash(rig, 'c');
    Reflect.apply(rig.balancer.actor.send, undefined, [
      { type: 'xstate.error.actor.component:c', error: new Error('stale'), actorId: 'component:c' },
    ]);
    Reflect.apply(rig.balancer.actor.send, undefined, [{ type: 'xstate.error.actor.c', error: new Error('stale') }]);
    Reflect.apply(rig.balancer.actor.send, undefined, [{ type: 'xstate.error.actor.nobody' }]);
    await rig.advance();
    expect(rig.balancer.getLoadBalancingMetrics().components.c?.restarts).toBe(1);
    expect(rig.balancer.actor.getSnapshot().status).toBe('active');
  });

  it.for(['save-state', 'restore-state', 'optimizer', 'request-processor'])(
    'may be called like a child of the balancer: %s',
    async (id) => {
      const { rig, saboteur } = await sabotaged({ components: [quick(id), quick('spare')] });
      saboteur.crash(rig, id);
      await rig.advance();
      expect(rig.stateOf(id)).toBe('failed.isolated');
      expect(rig.of('error.reported').map(({ code }) => code)).not.toContain('MONITOR_CRASHED');
      expect(await rig.balancer.execute({ type: 'x' })).toBeDefined();
    },
  );
});

describe('a monitor that crashes', () => {
  it('is restarted, and its work goes on', async () => {
    const rig = await Rig.start({
      components: [quick('a')],
      optimizationIntervalMs: 1_000,
      loadMonitorIntervalMs: 1_000,
    });
    const {
      learning: { optimizer },
    } = rig.state;
    const cycle = optimizer.cycle.bind(optimizer);
    let crashes = 0;
    optimizer.cycle = () => {
      if (crashes++ === 0) throw new Error('boom');
      return cycle();
    };
    await rig.advance(1_000);
    expect(rig.of('error.reported')).toMatchObject([{ code: 'MONITOR_CRASHED', cause: { message: 'boom' } }]);
    await rig.advance(3_000);
    expect(crashes).toBe(4);
    // a change of its period reaches the one that runs now
    rig.balancer.updateConfig({ optimizationIntervalMs: 100 });
    await rig.advance(1_000);
    expect(crashes).toBe(14);
    await Promise.all([rig.balancer.stop(), rig.advance()]);
    expect(rig.clock.pending).toBe(0);
  });

  it('too often is given up, loudly, and the balancer works on', async () => {
    const rig = await Rig.start({ components: [quick('a')], optimizationIntervalMs: 1_000 });
    let crashes = 0;
    rig.state.learning.optimizer.cycle = () => {
      crashes++;
      throw new Error('boom');
    };
    await rig.advance(60_000);
    expect(crashes).toBe(4);
    expect(rig.of('alert.raised')).toMatchObject([{ kind: 'crashLoop', severity: 'CRITICAL' }]);
    expect(await rig.balancer.execute({ type: 'x' })).toBe('a');
  });
});
