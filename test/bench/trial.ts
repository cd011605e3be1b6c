import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TrialName, Trials } from './trials/index.ts';

type Params<N extends TrialName> = Parameters<Trials[N]>[0];
type Result<N extends TrialName> = Awaited<ReturnType<Trials[N]>>;

/** Runs one trial in a fresh process. */
export async function trial<N extends TrialName>(name: N, params: Params<N>): Promise<Result<N>> {
  const child = fork(fileURLToPath(new URL('./trial-process.js', import.meta.url)), [name, JSON.stringify(params)], {
    execArgv: ['--expose-gc', '--max-old-space-size=8192'],
  });
  let result: { readonly value: Result<N> } | undefined;
  child.on('message', (message: { readonly value: Result<N> }) => {
    result = message;
  });
  await once(child, 'exit');
  if (result === undefined) throw new Error(`the trial ${name} ${JSON.stringify(params)} gave no result`);
  return result.value;
}
