import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answers, Introduction, Order } from './contestant.ts';

type OrderOf<D extends Order['do']> = Extract<Order, { do: D }>;

/** The parent's end of a contender's process. */
export class Challenger {
  readonly introduction: Introduction;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, introduction: Introduction) {
    this.child = child;
    this.introduction = introduction;
  }

  /**
   * @param flags of Node, such as `--expose-gc`.
   * @param bench folder of the build that it is of; default this one.
   */
  static async enter(
    name: string,
    flags: readonly string[] = [],
    bench: URL = new URL('./', import.meta.url),
  ): Promise<Challenger> {
    const child = fork(fileURLToPath(new URL('contestant.js', bench)), [name], { execArgv: [...flags] });
    return new Challenger(child, await hear<Introduction>(child, name));
  }

  async order<D extends Order['do']>(order: OrderOf<D> & { readonly do: D }): Promise<Answers[D]> {
    this.child.send(order);
    const { answer } = await hear<{ answer: Answers[D] }>(this.child, this.introduction.label);
    return answer;
  }

  /** @returns the largest resident set that it had, MB. */
  async leave(): Promise<number> {
    const gone = once(this.child, 'exit');
    const peak = await this.order<'stop'>({ do: 'stop' });
    await gone;
    return peak;
  }
}

async function hear<T>(child: ChildProcess, who: string): Promise<T> {
  const left = new AbortController();
  const exit = once(child, 'exit', { signal: left.signal }).then(([code]) => {
    throw new Error(`${who} ended with code ${code}`);
  });
  exit.catch(() => {});
  try {
    const [message] = await Promise.race([once(child, 'message', { signal: left.signal }), exit]);
    return message;
  } finally {
    left.abort();
  }
}
