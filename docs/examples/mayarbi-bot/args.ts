import { parseArgs } from 'node:util';

export interface BotOptions {
  /** Length of the run; seconds. */
  readonly durationSeconds: number;
  /** File of recorded ticks; `undefined`: generated ones. */
  readonly ticks: string | undefined;
  readonly seed: number;
  /** Mean of market events per second; what the market really does is bursty. */
  readonly ratePerSecond: number;
  /** Whether to serve the inspector. */
  readonly inspect: boolean;
  /** Port that metrics are served at, for Prometheus; 0: any that is free; `undefined`: they are not. */
  readonly metrics: number | undefined;
  /** Component to fail on purpose; `undefined`: none. */
  readonly fail: string | undefined;
}

/** What the command line asks for. An error's text is for standard error; the process then exits with 2. */
export type Command =
  | { readonly kind: 'run'; readonly options: BotOptions }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'error'; readonly text: string; readonly exitCode: 2 };

interface Range {
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
}

const DURATION: Range = { min: 1, max: 86_400, integer: false };
const RATE: Range = { min: 1, max: 100_000, integer: false };
const PORT: Range = { min: 0, max: 65_535, integer: true };
const SEED: Range = { min: 0, max: 2 ** 32 - 1, integer: true };

/** `price_feeds` is busy and has a stand-in, so its failure shows work moving over and back. */
const DEFAULT_FAIL = 'price_feeds';

export const helpText = (components: readonly string[]): string => `MayArbi, an arbitrage bot on plimsoll.

  npm start -- [options]

  --duration <seconds>  how long to run, ${DURATION.min} to ${DURATION.max} (default 30)
  --rate <number>       mean of market events per second, ${RATE.min} to ${RATE.max} (default 400)
  --seed <number>       seed of the generated market, ${SEED.min} to ${SEED.max} (default 1)
  --ticks <file>        play price ticks from a file of JSON lines instead
  --fail <component>    component to fail on purpose after a few seconds, or none (default ${DEFAULT_FAIL});
                        one of ${components.join(', ')}
  --inspect             serve the inspector, and print its address
  --metrics <port>      serve metrics to Prometheus, and print their address; 0: any free port
  --help                show this

Ctrl-C stops taking new work, finishes what runs, and prints the report; a second one stops at once.
`;

/**
 * Reads the command line.
 *
 * @param args without node and script
 * @param components ids that `--fail` may name
 */
export const parseBotArgs = (args: readonly string[], components: readonly string[]): Command => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        duration: { type: 'string', default: '30' },
        ticks: { type: 'string' },
        seed: { type: 'string', default: '1' },
        rate: { type: 'string', default: '400' },
        inspect: { type: 'boolean', default: false },
        metrics: { type: 'string' },
        fail: { type: 'string', default: DEFAULT_FAIL },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    });
    if (values.help) return { kind: 'help', text: helpText(components) };
    return {
      kind: 'run',
      options: {
        durationSeconds: numberIn('--duration', values.duration, DURATION),
        ticks: values.ticks === undefined ? undefined : nonEmpty('--ticks', values.ticks),
        seed: numberIn('--seed', values.seed, SEED),
        ratePerSecond: numberIn('--rate', values.rate, RATE),
        inspect: values.inspect,
        metrics: values.metrics === undefined ? undefined : numberIn('--metrics', values.metrics, PORT),
        fail: values.fail === 'none' ? undefined : oneOf('--fail', values.fail, components),
      },
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: 'error', text: `${message}\nTry --help.\n`, exitCode: 2 };
  }
};

const numberIn = (option: string, text: string, { min, max, integer }: Range): number => {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= min && value <= max && (!integer || Number.isInteger(value))) return value;
  throw new Error(
    `${option}: expected ${integer ? 'a whole number' : 'a number'} from ${min} to ${max}, got '${text}'`,
  );
};

const nonEmpty = (option: string, text: string): string => {
  if (text === '') throw new Error(`${option}: expected a file name, got nothing`);
  return text;
};

const oneOf = (option: string, text: string, choices: readonly string[]): string => {
  if (choices.includes(text)) return text;
  throw new Error(`${option}: expected none or one of ${choices.join(', ')}, got '${text}'`);
};
