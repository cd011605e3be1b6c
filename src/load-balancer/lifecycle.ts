import { InvalidConfigError, NotRunningError } from '../domain/errors.ts';
import { show } from '../domain/request.ts';
import type { Commander } from './actor-client.ts';

/** How a stop goes about open requests. */
export interface StopOptions {
  /** Wait for open requests first. Default true; false cancels them at once. */
  readonly drain?: boolean | undefined;
  /** How long to wait before the rest is cancelled, ms, 0 and up. Default 30,000. */
  readonly timeoutMs?: number | undefined;
}

/** @throws NotRunningError when it has been stopped, also when that happens while it starts. */
export async function startUp(commander: Commander): Promise<void> {
  const { books, actor } = commander;
  if (commander.life === 'new') {
    commander.life = 'started';
    actor.start();
  }
  if (books.phase === 'starting' && commander.isLive) {
    await new Promise<void>((resolve) => {
      const subscription = actor.subscribe({
        next() {
          if (books.phase === 'starting') return;
          subscription.unsubscribe();
          resolve();
        },
        error: () => resolve(),
        complete: () => resolve(),
      });
    });
  }
  if (books.phase === 'running') return;
  throw new NotRunningError('This balancer is stopping or has stopped; make a new one.', { reason: books.phase });
}

/** Resolves when everything is settled and told. Safe to call twice; a second call may hasten the first (`drain: false`). */
export async function stopDown(commander: Commander, options: StopOptions): Promise<void> {
  const { drain = true, timeoutMs = 30_000 } = options;
  if (!(timeoutMs >= 0)) {
    throw new InvalidConfigError(
      `Invalid stop options: timeoutMs: expected ms, 0 and up (given: ${show(timeoutMs)}). Nothing was stopped.`,
      { value: timeoutMs },
    );
  }
  const { books, actor } = commander;
  if (commander.life === 'new') commander.abandon();
  const done = new Promise<void>((resolve) => {
    books.whenStopped(resolve);
    actor.subscribe({ error: () => resolve() });
  });
  if (commander.isLive) commander.send({ type: 'balancer.stop', drain, timeoutMs });
  await done;
  commander.life = 'stopped';
}
