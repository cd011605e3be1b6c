import { describe, expect, it } from 'vitest';
import { quick, Rig } from '../support/rig.ts';

/** What a host sends to the actor as plain messages, which no compiler has seen. */
const send = (rig: Rig, message: unknown): void => rig.balancer.actor.send(message as never);

describe('a raw command', () => {
  it.for<[object, RegExp]>([
    [{ type: 'component.drian', componentId: 'a' }, /there is no such command.*component\.drain/],
    [{ type: '' }, /there is no such command/],
    [{ type: 'component.drain' }, /componentId: expected the id of a component \(given: undefined\)/],
    [{ type: 'component.drain', componentId: 5 }, /componentId: expected the id of a component \(given: 5\)/],
    [{ type: 'component.drain', componentId: 'b' }, /no component has the id "b"/],
    [{ type: 'component.fail', componentId: 'a', reason: 5 }, /reason: expected a string/],
    [{ type: 'component.resume', componentId: 'a', reason: Symbol('x') }, /reason: expected a string/],
    [{ type: 'component.deregister', componentId: 'a', force: 'no' }, /force: expected a boolean/],
    [{ type: 'component.reportHealth', componentId: 'a', healthy: false, reason: {} }, /reason: expected a string/],
    [{ type: 'component.update', componentId: null, weight: 2 }, /componentId: expected the id/],
    [{ type: 'component.drain', componentId: 'a', replyTo: 7 }, /replyTo: expected an actor reference/],
    [{ type: 'request.cancel', requestId: 'r', reason: [] }, /reason: expected a string/],
    [{ type: 'algorithm.select', algorithm: 'fastest' }, /no such algorithm/],
    [{ type: 'facts.unsubscribe', subscriber: 5 }, /subscriber: expected whoever was subscribed/],
    [{ type: 'facts.subscribe', subscriber: { send() {} }, types: ['component.statusChangd'] }, /there is no fact/],
  ])('with a wrong type or field is refused and a warning: %j', async ([message, said]) => {
    const rig = await Rig.start({ components: [quick('a')] });
    await rig.advance();
    send(rig, message);
    await rig.advance();
    expect(rig.of('command.refused')).toMatchObject([{ reason: expect.stringMatching(said) }]);
    expect(rig.log.lines).toMatchObject([{ level: 'warn', fields: { reason: expect.stringMatching(said) } }]);
    expect(rig.balancer.getComponentCapacity('a')?.status).toBe('Available');
  });

  it('that does not fit the state it meets is no mistake of anybody’s', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    send(rig, { type: 'component.resume', componentId: 'a' });
    send(rig, { type: 'request.cancel', requestId: 'long settled' });
    await rig.advance();
    expect(rig.log.lines.map(({ level }) => level)).toEqual(['info', 'info']);
  });

  it.for([{ timeoutMs: 'x' }, { timeoutMs: -1 }, { drain: 'no' }])(
    'to stop stops whatever its options are, and says that they make no sense: %j',
    async (options) => {
      const rig = await Rig.start({ components: [quick('a')] });
      send(rig, { type: 'balancer.stop', ...options });
      await rig.advance();
      expect(rig.hasStopped).toBe(true);
      expect(rig.log.lines).toContainEqual(
        expect.objectContaining({ level: 'warn', message: expect.stringContaining('balancer.stop') }),
      );
    },
  );
});
