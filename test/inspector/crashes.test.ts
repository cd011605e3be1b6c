import { createWebSocketReceiver } from '@statelyai/inspect';
import { describe, expect, it } from 'vitest';
import { createWebSocketReceiver as createV4Receiver, type Received } from 'xstate4-receiver';
import { componentLogic } from '../../machines/component/index.ts';
import { inspect, type StatelyEvent, serveStately, statelyInspection, xstateInspection } from '../../src/inspector.ts';
import { TestViewer, until } from '../support/inspecting.ts';
import { quick, Rig } from '../support/rig.ts';

/** A fleet whose component `c` crashes, as an actor, at the next event once `armed`. */
async function crashable(): Promise<{ rig: Rig; crash: () => void }> {
  let armed = false;
  const logic: typeof componentLogic = Object.create(componentLogic);
  logic.transition = (snapshot, event, scope) => {
    if (armed && snapshot.context.id === 'c') {
      armed = false;
      throw new Error('boom');
    }
    return componentLogic.transition(snapshot, event, scope);
  };
  const rig = new Rig({ components: [quick('c'), quick('spare')], recovery: { jitter: 0 } });
  Object.assign(rig.state.options, { componentLogic: logic });
  await rig.balancer.start();
  const crash = (): void => {
    armed = true;
    rig.balancer.drain('c');
  };
  return { rig, crash };
}

describe('a crash of a component’s actor', () => {
  it('is seen on the page: failed, with the chart of its successor', async () => {
    const { rig, crash } = await crashable();
    const { clock } = rig;
    const inspector = await inspect(rig.balancer, { clock });
    const viewer = await new TestViewer(inspector.url).open('?focus=component:c&messages=1');
    crash();
    while (viewer.known?.rows.get('c')?.status !== 'Failed') await clock.advance(250);
    while (viewer.known?.focus?.active[0] !== 'failed') await clock.advance(250);
    expect(viewer.known?.rows.get('c')?.restarts).toBe(1);
    expect(viewer.known?.changes.some(({ detail }) => detail?.includes('COMPONENT_CRASHED'))).toBe(true);
    expect((await viewer.get('/api/chart?actor=component:c')).status).toBe(200);
    viewer.close();
    await inspector.close();
  });

  it('is outlived by what is told to Stately’s inspectors, which hear of the successor', async () => {
    const { rig, crash } = await crashable();
    const { clock } = rig;
    const warn = (): void => {};
    const heard: StatelyEvent[] = [];
    const inspection = statelyInspection(rig.balancer, { send: (event) => heard.push(event) }, { warn, clock });
    const stately = await serveStately(rig.balancer, { warn, clock });
    const v4 = await xstateInspection(rig.balancer, { warn, clock });
    const atStately: { readonly type: string }[] = [];
    createWebSocketReceiver({ server: stately.url }).subscribe((event) => atStately.push(event));
    const atV4: Received[] = [];
    createV4Receiver({ server: v4.url }).subscribe((event) => atV4.push(event));
    await until(() => atStately.length >= 7 && atV4.length >= 7);
    const named = (): number => heard.filter((event) => event.type === '@xstate.actor').length;
    const before = named();
    crash();
    await clock.advance(1_000);
    expect(named()).toBeGreaterThan(before);
    rig.balancer.drain('spare');
    await clock.advance(1_000);
    await until(
      () =>
        atStately.some((event) => JSON.stringify(event).includes('drained')) &&
        atV4.some(({ state: stateName }) => JSON.stringify(stateName?.value ?? '').includes('drained')),
    );
    inspection.stop();
    await stately.close();
    await v4.close();
  });
});
