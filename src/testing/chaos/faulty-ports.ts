import type { Logger, StateStore } from '../../domain/ports.ts';

const grump = new Error('nobody may be hurt by this');

const complain = (): never => {
  throw grump;
};

/** A logger that throws whatever it is told. */
export const throwingLogger: Logger = { debug: complain, info: complain, warn: complain, error: complain };

/** A receiver of facts that throws. */
export const throwingReceiver = { send: complain };

interface Sleeper {
  sleep(ms: number, run: () => void): void;
}

/** A store that takes its time and may fail. */
export function flakyStore(host: Sleeper, { ms, fails }: { readonly ms: number; readonly fails: boolean }): StateStore {
  const answer = (): Promise<undefined> =>
    new Promise((resolve, reject) => {
      host.sleep(ms, () => {
        if (fails) reject(new Error('the disk is full'));
        else resolve(undefined);
      });
    });
  return { load: answer, save: answer };
}
