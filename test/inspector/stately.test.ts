import { connect as openSocket, type Socket } from 'node:net';
import { createWebSocketReceiver as createStatelyReceiver } from '@statelyai/inspect';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWebSocketReceiver as createV4Receiver, type Received, versions } from 'xstate4-receiver';
import { InvalidConfigError, type LoadBalancer } from '../../src/index.ts';
import {
  type ServedInspection,
  type StatelyEvent,
  serveStately,
  statelyInspection,
  xstateInspection,
} from '../../src/inspector.ts';
import { VirtualClock } from '../../src/testing.ts';
import { quietBalancer, until } from '../support/inspecting.ts';

describe('the protocols of Stately’s inspectors', () => {
  let balancer: LoadBalancer;
  let served: ServedInspection | undefined;
  let warnings: string[];
  const warn = (message: string): void => {
    warnings.push(message);
  };

  beforeEach(async () => {
    warnings = [];
    balancer = await quietBalancer(['a', 'b']);
  });
  afterEach(async () => {
    await served?.close();
    served = undefined;
    await balancer.stop({ drain: false });
  });

  describe('@statelyai/inspect 0.7', () => {
    it('announces every live actor to the package’s receiver, then follows them', async () => {
      served = await serveStately(balancer, { warn, everyMs: 10 });
      const heard: StatelyEvent[] = [];
      createStatelyReceiver({ server: served.url }).subscribe((event) =>
        heard.push(JSON.parse(JSON.stringify(event)) as StatelyEvent),
      );
      const actors = (): StatelyEvent[] => heard.filter(({ type }) => type === '@xstate.actor');
      await until(() => actors().length >= 7);
      const first = actors().find((event) => event.type === '@xstate.actor' && event.name === 'balancer');
      expect(first).toMatchObject({
        snapshot: { status: 'active', value: { active: { phase: 'running' } }, context: {} },
      });
      expect(JSON.parse((first as { definition: string }).definition)).toMatchObject({
        id: 'balancer',
        initial: 'active',
      });
      balancer.drain('a', 'secret plan');
      const drained = (): StatelyEvent | undefined =>
        heard.find(
          (event) => event.type === '@xstate.snapshot' && JSON.stringify(event.snapshot.value).includes('drained'),
        );
      await until(() => drained() !== undefined);
      expect(heard.some((event) => event.type === '@xstate.event' && event.event.type === 'component.drain')).toBe(
        true,
      );
      expect(JSON.stringify(heard)).not.toContain('secret plan');
      expect(warnings.join()).toContain(`leaves this process, to ${served.url}`);
    });

    it('hands on each event, but one snapshot per actor in its time, and counts events that come too fast', async () => {
      const clock = new VirtualClock(1_000_000);
      const heard: StatelyEvent[] = [];
      const inspection = statelyInspection(balancer, { send: (event) => heard.push(event) }, { warn, clock });
      const of = (type: StatelyEvent['type']): StatelyEvent[] => heard.filter((event) => event.type === type);
      heard.length = 0;
      for (let k = 0; k < 10; k++) {
        balancer.drain('a');
        balancer.resume('a');
      }
      const events = of('@xstate.event').filter(
        (event) => event.type === '@xstate.event' && /component\.(drain|resume)/.test(event.event.type),
      );
      expect(events.length).toBeGreaterThanOrEqual(20);
      expect(of('@xstate.snapshot')).toEqual([]);
      await clock.advance(100);
      const sessions = heard.flatMap((event) => (event.type === '@xstate.snapshot' ? [event.sessionId] : []));
      expect(sessions.length).toBeGreaterThan(0);
      expect(new Set(sessions).size).toBe(sessions.length);
      for (let k = 0; k < 300; k++) {
        balancer.drain('a');
        balancer.resume('a');
      }
      expect(inspection.dropped).toBeGreaterThan(400);
      inspection.stop();
      expect(clock.pending).toBe(0);
    });

    it('is not stopped by an adapter that always throws', async () => {
      const adapter = {
        send() {
          throw new Error('adapter');
        },
      };
      const inspection = statelyInspection(balancer, adapter, { warn, everyMs: 1 });
      expect(inspection.dropped).toBeGreaterThanOrEqual(7);
      expect(balancer.drain('a')).toBe(true);
      expect(await balancer.execute({ type: 'GENERAL' })).toBeUndefined();
      inspection.stop();
    });

    it('survives crashed actors, a broken adapter, and shows only what is allowed', async () => {
      const heard: StatelyEvent[] = [];
      const inspection = statelyInspection(
        balancer,
        {
          send(event) {
            heard.push(event);
            if (event.type === '@xstate.event') throw new Error('adapter');
          },
        },
        { warn, everyMs: 1, reveal: { event: ['reason'], context: ['failures'] } },
      );
      expect(heard.filter(({ type }) => type === '@xstate.actor').length).toBeGreaterThanOrEqual(7);
      balancer.fail('a', 'power cut');
      expect(heard.some((event) => event.type === '@xstate.event' && event.event.reason === 'power cut')).toBe(true);
      await until(() =>
        heard.some(
          (event) => event.type === '@xstate.snapshot' && JSON.stringify(event.snapshot).includes('"failures":1'),
        ),
      );
      expect(inspection.dropped).toBeGreaterThan(0);
      expect(await balancer.execute({ type: 'GENERAL' })).toBeUndefined();
      inspection.stop();
      const after = heard.length;
      await balancer.execute({ type: 'GENERAL' });
      expect(heard.length).toBe(after);
    });
  });

  describe('@xstate/inspect 0.8', () => {
    const connect = (acceptEvents: boolean): Promise<{ heard: Received[]; send: (event: object) => void }> =>
      xstateInspection(balancer, { warn, everyMs: 10, acceptEvents }).then(async (inspection) => {
        served = inspection;
        const heard: Received[] = [];
        const receiver = createV4Receiver({ server: inspection.url });
        receiver.subscribe((event) => heard.push(event));
        await until(() => heard.length >= 7);
        return { heard, send: (event) => receiver.send(event) };
      });
    const scxml = (data: { type: string }, service: string): object => ({
      type: 'xstate.event',
      event: JSON.stringify({ name: data.type, data, $$type: 'scxml', type: 'external' }),
      service,
    });

    it('is parsed by the package’s receiver on XState 4: machines, states, events, the end', async () => {
      expect(versions).toEqual({ inspect: '0.8.0', xstate: '4.38.3' });
      const { heard } = await connect(false);
      const registered = heard.filter(({ type }) => type === 'service.register');
      const root = registered.find(({ machine }) => machine?.id === 'balancer');
      const component = registered.find(({ machine }) => machine?.id === 'component');
      expect(Object.keys(component?.machine?.states ?? {})).toEqual([
        'entering',
        'operational',
        'maintenance',
        'failed',
      ]);
      expect(component?.parent).toBe(root?.sessionId);
      expect(component?.state?.value).toEqual({
        operational: { load: 'available', ramp: 'steady', rate: 'open' },
      });
      // its own XState takes the machine for one of its own, and runs it
      const next = component?.machine?.transition({ failed: 'probing' }, { type: 'probe.bad' });
      expect(next?.value).toEqual({ failed: 'isolated' });
      balancer.drain('a', 'secret plan');
      await until(() =>
        heard.some(({ type, state }) => type === 'service.state' && JSON.stringify(state?.value).includes('drained')),
      );
      expect(heard.some(({ type, event }) => type === 'service.event' && event?.name === 'component.drain')).toBe(true);
      balancer.deregister('a');
      await balancer.stop();
      await until(() => heard.some(({ type }) => type === 'service.stop'));
      expect(JSON.stringify(heard.map(({ machine, ...rest }) => rest))).not.toContain('secret plan');
      expect(warnings.join()).toContain('leaves this process');
    });

    it('takes no events back unless that was allowed, and then only what people steer with', async () => {
      const closed = await connect(false);
      const session = closed.heard[0]!.sessionId;
      closed.send(scxml({ type: 'balancer.pause' }, session));
      await served?.close();
      expect(balancer.liveStats().regions.dispatch).toBe('flowing');
      const open = await connect(true);
      open.send(scxml({ type: 'attempts.settled' }, session));
      open.send({ type: 'xstate.event', event: 'not json', service: session });
      open.send(scxml(Object.assign({ type: 'component.drain' }, { componentId: 'b' }), session));
      open.send(scxml({ type: 'balancer.pause' }, session));
      await until(() => balancer.liveStats().regions.dispatch === 'paused');
      expect(balancer.getComponentCapacity('b')?.status).toBe('Maintenance');
    });

    describe('a client that means no good', () => {
      /** A connection with the handshake done, as a program that reads nothing more. */
      const attach = async (): Promise<Socket> => {
        const socket = openSocket(served!.port, '127.0.0.1');
        socket.on('error', () => {});
        socket.write(
          'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
        );
        await new Promise((resolve) => socket.once('data', resolve));
        socket.pause();
        return socket;
      };
      const frame = (opcode: number, payload: Buffer, final = false): Buffer =>
        Buffer.concat([Buffer.from([(final ? 0x80 : 0) | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);

      /** Floods it, and reads nothing. @returns what the process has grown by, MB. */
      const flood = async (bytes: Buffer, mostMs: number): Promise<number> => {
        const before = process.memoryUsage();
        const socket = await attach();
        const end = performance.now() + mostMs;
        while (!socket.destroyed && performance.now() < end) {
          if (!socket.write(bytes)) await new Promise((resolve) => setTimeout(resolve, 1));
        }
        const after = process.memoryUsage();
        const own = socket.writableLength;
        socket.destroy();
        const grown = after.external - before.external + after.heapUsed - before.heapUsed - own;
        return grown / 1e6;
      };

      it.for(['serveStately', 'xstateInspection'] as const)(
        'makes %s keep little: pings that it reads no answer to',
        async (by) => {
          served =
            by === 'serveStately' ? await serveStately(balancer, { warn }) : await xstateInspection(balancer, { warn });
          const ping = frame(9, Buffer.alloc(125), true);
          expect(await flood(Buffer.concat(Array.from({ length: 500 }, () => ping)), 2_000)).toBeLessThan(64);
        },
      );

      it('makes it keep little: a message of endless empty parts', async () => {
        served = await serveStately(balancer, { warn });
        const socket = await attach();
        socket.write(frame(1, Buffer.alloc(0)));
        socket.destroy();
        const part = frame(0, Buffer.alloc(0));
        expect(await flood(Buffer.concat(Array.from({ length: 5_000 }, () => part)), 2_000)).toBeLessThan(64);
      });

      it('is hung up on when it sends what is no WebSocket, or too long a message', async () => {
        served = await serveStately(balancer, { warn });
        for (const bytes of [
          Buffer.from('GET / HTTP/1.1\r\n\r\n'),
          Buffer.concat(Array.from({ length: 1_000 }, (_, k) => frame(k === 0 ? 1 : 0, Buffer.alloc(125)))),
        ]) {
          const socket = await attach();
          socket.resume();
          socket.write(bytes);
          await new Promise((resolve) => socket.once('close', resolve));
        }
      });

      it('does not hold up the end by never saying goodbye', async () => {
        served = await serveStately(balancer, { warn });
        const socket = await attach();
        const before = performance.now();
        await served.close();
        expect(performance.now() - before).toBeLessThan(5_000);
        socket.destroy();
      });
    });

    it('listens on this machine only, and to pages only when they are named', async () => {
      await expect(xstateInspection(balancer, { host: '0.0.0.0', warn })).rejects.toThrow(InvalidConfigError);
      await expect(serveStately(balancer, { host: '192.168.0.1', warn })).rejects.toThrow(InvalidConfigError);
      served = await xstateInspection(balancer, { warn, origins: ['https://stately.ai'] });
      const status = async (headers: Record<string, string>): Promise<number> => {
        const { request } = await import('node:http');
        return new Promise((resolve, reject) => {
          const call = request({
            port: served?.port,
            host: '127.0.0.1',
            headers: {
              connection: 'Upgrade',
              upgrade: 'websocket',
              'sec-websocket-version': '13',
              'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
              ...headers,
            },
          });
          call.on('upgrade', (response, socket) => {
            socket.destroy();
            resolve(response.statusCode ?? 0);
          });
          call.on('response', (response) => resolve(response.statusCode ?? 0));
          call.on('error', reject);
          call.end();
        });
      };
      expect(await status({})).toBe(101);
      expect(await status({ origin: 'https://stately.ai' })).toBe(101);
      expect(await status({ origin: 'https://evil.example' })).toBe(403);
      expect(await status({ host: 'evil.example' })).toBe(403);
    });
  });
});
