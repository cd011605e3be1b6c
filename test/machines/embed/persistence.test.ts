import { balancerLogic } from 'plimsoll/machines';
import { describe, expect, it, vi } from 'vitest';
import { createActor, setup, waitFor } from 'xstate';
import { quick } from '../../support/rig.ts';

const host = setup({ actors: { balancer: balancerLogic }, types: { events: {} as { type: 'again' } } }).createMachine({
  id: 'bot',
  initial: 'trading',
  states: {
    trading: {
      invoke: {
        id: 'balancer',
        systemId: 'balancer',
        src: 'balancer',
        input: { components: [quick('a')], logger: false },
        onError: 'restarting',
      },
    },
    restarting: { on: { again: 'trading' } },
  },
});

const balancerOf = (bot: { system: { get(id: string): unknown } }): unknown => bot.system.get('balancer');

describe('a host that invokes the balancer', () => {
  it('persists itself; the balancer’s part is small and plain', async () => {
    const bot = createActor(host).start();
    await waitFor(bot, () => true);
    const persisted = JSON.stringify(bot.getPersistedSnapshot());
    expect(persisted.length).toBeLessThan(1_000);
    expect(persisted).toContain('begins anew');
    bot.stop();
  });

  it('is restored: the balancer ends with an error that says why, and begins anew when its state is entered again', async () => {
    const before = createActor(host).start();
    const snapshot = JSON.parse(JSON.stringify(before.getPersistedSnapshot()));
    before.stop();
    const errors: unknown[] = [];
    const bot = createActor(host, {
      snapshot,
      inspect(event) {
        if (event.type === '@xstate.event' && event.event.type === 'xstate.error.actor.balancer')
          errors.push(Reflect.get(event.event, 'error'));
      },
    }).start();
    await waitFor(bot, ({ value }) => value === 'restarting');
    expect(errors).toEqual([
      expect.objectContaining({ code: 'NOT_RUNNING', reason: 'restored', message: expect.stringContaining('again') }),
    ]);
    bot.send({ type: 'again' });
    expect(bot.getSnapshot().value).toBe('trading');
    expect(balancerOf(bot)).toMatchObject({ id: 'balancer' });
    const answers: string[] = [];
    Reflect.apply(Reflect.get(balancerOf(bot) as object, 'send'), balancerOf(bot), [
      {
        type: 'request.submit',
        request: { type: 'x' },
        replyTo: { send: (fact: { type: string }) => answers.push(fact.type) },
      },
    ]);
    await vi.waitFor(() => expect(answers).toEqual(['request.completed']));
    bot.stop();
  });
});
