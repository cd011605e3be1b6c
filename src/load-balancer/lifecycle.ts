import { InvalidConfigError, NotRunningError } from '../domain/errors.ts';
import { formatValue } from '../domain/request.ts';
import { didYouMean } from '../lib/nearest-name.ts';
import type { ActorClient } from './actor-client.ts';

/** How a stop goes about open requests. */
export interface StopOptions {
  /** Wait for open requests first. Default true; false cancels them at once. */
  readonly drain?: boolean | undefined;
  /** How long to wait before the rest is cancelled, ms, 0 and up. Default 30,000. Of several calls the one that ends first counts. */
  readonly timeoutMs?: number | undefined;
}

/** @throws NotRunningError when it has been stopped, also when that happens while it starts. */
export async function start(client: ActorClient): Promise<void> {
  const { engine, actor } = client;
  if (client.lifecycle === 'new') {
    client.lifecycle = 'started';
    actor.start();
  }
  if (engine.mode.phase === 'starting' && client.isLive) {
    await new Promise<void>((resolve) => {
      const subscription = actor.subscribe({
        next() {
          if (engine.mode.phase === 'starting') return;
          subscription.unsubscribe();
          resolve();
        },
        error: () => resolve(),
        complete: () => resolve(),
      });
    });
  }
  if (engine.mode.phase === 'running') return;
  throw new NotRunningError('This balancer is stopping or has stopped; make a new one.', { reason: engine.mode.phase });
}

/** Resolves when everything is settled and told. Safe to call twice; a second call may hasten the first (`drain: false`, or less time). */
export async function stop(client: ActorClient, options: StopOptions): Promise<void> {
  const { drain = true, timeoutMs } = options;
  for (const key of Object.keys(options)) {
    if (key === 'drain' || key === 'timeoutMs') continue;
    const hint = didYouMean(key, ['drain', 'timeoutMs']) || ' (expected: drain, timeoutMs)';
    throw new InvalidConfigError(`Invalid stop options: ${key}: unknown key${hint}. Nothing was stopped.`, {
      value: key,
    });
  }
  if (timeoutMs !== undefined && !(timeoutMs >= 0)) {
    throw new InvalidConfigError(
      `Invalid stop options: timeoutMs: expected ms, 0 and up (given: ${formatValue(timeoutMs)}). Nothing was stopped.`,
      { value: timeoutMs },
    );
  }
  const { engine, actor } = client;
  if (client.lifecycle === 'new') client.abandon();
  const done = new Promise<void>((resolve) => {
    engine.waiters.whenStopped(resolve);
    actor.subscribe({ error: () => resolve() });
  });
  if (client.isLive) client.send({ type: 'balancer.stop', drain, timeoutMs });
  await done;
  client.lifecycle = 'stopped';
}
