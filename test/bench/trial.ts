import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { calmly, QUICKEST, quickestWalk, type Walked } from './disturbance.ts';
import type { TrialName, Trials } from './trials/index.ts';

type Params<N extends TrialName> = Parameters<Trials[N]>[0];
type Result<N extends TrialName> = Awaited<ReturnType<Trials[N]>>;

/** Runs one trial in a fresh process; again, up to `limit` times, while the machine is disturbed. */
export async function trial<N extends TrialName>(name: N, params: Params<N>, limit = 1): Promise<Result<N>> {
  const { kept } = await calmly(1, limit, () => runTrial(name, params));
  return kept[0]!;
}

async function runTrial<N extends TrialName>(name: N, params: Params<N>): Promise<Walked<Result<N>>> {
  const child = fork(fileURLToPath(new URL('./trial-process.js', import.meta.url)), [name, JSON.stringify(params)], {
    execArgv: ['--expose-gc', '--max-old-space-size=8192'],
    env: { ...process.env, [QUICKEST]: String(quickestWalk()) },
  });
  let result: Walked<Result<N>> | undefined;
  child.on('message', (message: Walked<Result<N>>) => {
    result = message;
  });
  await once(child, 'exit');
  if (result === undefined) throw new Error(`the trial ${name} ${JSON.stringify(params)} gave no result`);
  return result;
}
