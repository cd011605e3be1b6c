import { createActor, fromCallback } from 'xstate';
import { shieldMailbox } from '../../../lib/xstate-internals.ts';
import type { TaskAnswer, TaskMailbox } from './task.ts';

/**
 * An actor that passes on what it is sent. It holds nothing, so it is never stopped: an answer that comes after the balancer
 * has gone is heard, and logged by it.
 */
export function createMailbox(hear: (answer: TaskAnswer) => void): TaskMailbox {
  const mailbox = createActor(fromCallback<TaskAnswer>(({ receive }) => receive(hear)));
  // a worker may answer with anything
  shieldMailbox(mailbox, () => undefined);
  return mailbox.start();
}
