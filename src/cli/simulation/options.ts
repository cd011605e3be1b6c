import { availableParallelism } from 'node:os';
import { parseAlgorithm, SIMULATED_ALGORITHMS } from '../../testing/simulator/runs.ts';
import { argumentsOf } from '../arguments.ts';
import { UsageError } from '../command.ts';

/** What `simulate` and `compare` differ in. */
export interface Style {
  readonly name: 'simulate' | 'compare';
  /** Those that play when none is named. */
  readonly algorithms: readonly string[];
}

/** What a command line asks for. */
export interface SimulateArguments {
  /** Path of the scenario. */
  readonly file: string;
  readonly algorithms: readonly string[];
  /** In place of the scenario's own. */
  readonly seeds: readonly (number | string)[] | undefined;
  /** In place of the scenario's own, ms. */
  readonly durationMs: number | undefined;
  readonly warmUpMs: number | undefined;
  /** Where JSON goes; `-`: to the standard output, in place of the table. */
  readonly json: string | undefined;
  readonly html: string | undefined;
  /** Runs at the same time. */
  readonly processes: number;
  readonly quiet: boolean;
}

export const helpOf = ({ name, algorithms }: Style): string => `plimsoll ${name} <scenario.json> [options]

  ${
    name === 'simulate'
      ? 'Plays a scenario against the real balancer on a simulated clock.'
      : 'Plays a scenario with several algorithms under the same luck, and says which one suits it best.'
  }

  --algorithms <a,b,…>  default: ${name === 'simulate' ? algorithms.join(',') : 'the seven'}
                        one of ${SIMULATED_ALGORITHMS.slice(0, 4).join(', ')},
                        ${SIMULATED_ALGORITHMS.slice(4).join(', ')}
  --seeds <n | a,b,…>   how many (1 to n), or which; default: the scenario's
  --duration <seconds>  simulated time; default: the scenario's
  --warm-up <seconds>   what arrives before does not count; default: the scenario's
  --json <file>         writes everything as JSON; - prints it in place of the table
  --html <file>         writes a report with charts that needs nothing but itself
  --processes <n>       runs at the same time; default: one per core
  --quiet               no progress bar, no table
  -h, --help            this text

  Ready scenarios: docs/examples/scenarios. Guide: docs/guide/simulating.md.
`;

/** @returns undefined when only the help is wanted. @throws UsageError that names the option and what it expects. */
export function askedFor(style: Style, args: readonly string[]): SimulateArguments | undefined {
  const { values, positionals } = argumentsOf(style.name, args, {
    help: { type: 'boolean', short: 'h' },
    algorithms: { type: 'string', short: 'a' },
    algorithm: { type: 'string' },
    seeds: { type: 'string' },
    duration: { type: 'string' },
    'warm-up': { type: 'string' },
    json: { type: 'string' },
    html: { type: 'string' },
    processes: { type: 'string' },
    quiet: { type: 'boolean' },
  });
  if (values.help === true) return undefined;
  const [file, extra] = positionals;
  if (file === undefined) throw new UsageError(`Which scenario? Expected: plimsoll ${style.name} <scenario.json>`);
  if (extra !== undefined) throw new UsageError(`Expected one scenario, was given also '${extra}'.`);
  const { algorithms = values.algorithm } = values;
  return {
    file,
    algorithms: algorithms === undefined ? style.algorithms : namesOf(algorithms),
    seeds: values.seeds === undefined ? undefined : seedsOf(values.seeds),
    durationMs: msOf('--duration', values.duration, false),
    warmUpMs: msOf('--warm-up', values['warm-up'], true),
    json: values.json,
    html: values.html,
    processes: values.processes === undefined ? availableParallelism() : count('--processes', values.processes, 256),
    quiet: values.quiet === true,
  };
}

const partsOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function namesOf(text: string): string[] {
  const names = [...new Set(partsOf(text))];
  if (names.length === 0) throw new UsageError(`--algorithms '${text}' names none.`);
  for (const name of names) parseAlgorithm(name);
  return names;
}

function seedsOf(text: string): (number | string)[] {
  if (/^\d+$/.test(text)) return Array.from({ length: count('--seeds', text, 10_000) }, (_, k) => k + 1);
  const seeds = [...new Set(partsOf(text))].map((part) => (/^-?\d{1,15}$/.test(part) ? Number(part) : part));
  if (seeds.length === 0) throw new UsageError(`--seeds '${text}': expected how many, or a list such as 3,8,11.`);
  return seeds;
}

function count(option: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new UsageError(`${option} '${text}': expected a whole number from 1 to ${most}.`);
}

function msOf(option: string, text: string | undefined, mayBeZero: boolean): number | undefined {
  if (text === undefined) return undefined;
  const seconds = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(seconds) && (seconds > 0 || (mayBeZero && seconds === 0))) return seconds * 1000;
  throw new UsageError(`${option} '${text}': expected seconds, such as 60.`);
}
