import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, it, onTestFinished } from 'vitest';
import { Rig } from '../support/rig.ts';

it('gets every fact of every balancer while somebody subscribes', async () => {
  const one = await Rig.start({ components: [{ id: 'a', handler: () => 1 }] });
  const two = await Rig.start({ components: [{ id: 'b', handler: () => 1 }] });
  const heard: unknown[] = [];
  const listener = (message: unknown): void => void heard.push(message);
  one.execute();
  await one.advance(1);
  subscribe('plimsoll:fact', listener);
  onTestFinished(() => void unsubscribe('plimsoll:fact', listener));
  one.execute({ id: 'first' });
  two.execute({ id: 'second' });
  await one.advance(1);
  await two.advance(1);
  unsubscribe('plimsoll:fact', listener);
  two.execute({ id: 'third' });
  await two.advance(1);
  expect(
    heard.filter((message) => JSON.stringify(message).includes('"request.')).map((message) => message),
  ).toMatchObject([
    { balancer: one.balancer.actor.id, fact: { type: 'request.accepted', requestId: 'first' } },
    { balancer: one.balancer.actor.id, fact: { type: 'request.assigned', requestId: 'first' } },
    { balancer: one.balancer.actor.id, fact: { type: 'request.completed', requestId: 'first' } },
    { balancer: two.balancer.actor.id, fact: { type: 'request.accepted', requestId: 'second' } },
    { balancer: two.balancer.actor.id, fact: { type: 'request.assigned', requestId: 'second' } },
    { balancer: two.balancer.actor.id, fact: { type: 'request.completed', requestId: 'second' } },
  ]);
  expect(channel('plimsoll:fact').hasSubscribers).toBe(false);
});
