import { type ParseArgsConfig, parseArgs } from 'node:util';
import { didYouMean } from '../lib/nearest-name.ts';
import { UsageError } from './command.ts';

type Options = NonNullable<ParseArgsConfig['options']>;
/** What was given, typed by the options that there are. */
type Arguments<T extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; allowPositionals: true; options: T }>
>;

/**
 * Reads a command line.
 * @param name of the command, for what is said about its options.
 * @throws UsageError that names the option, the one that was probably meant, and where all of them are listed.
 */
export function argumentsOf<const T extends Options>(name: string, args: readonly string[], options: T): Arguments<T> {
  const { tokens } = parseArgs({ args: [...args], allowPositionals: true, strict: false, tokens: true, options });
  for (const token of tokens) {
    if (token.kind !== 'option' || Object.hasOwn(options, token.name)) continue;
    const hint = didYouMean(
      token.rawName,
      Object.keys(options).map((option) => `--${option}`),
      "'",
    );
    throw new UsageError(
      `There is no option '${token.rawName}'${hint}. 'plimsoll ${name} --help' lists those that there are.`,
    );
  }
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    // the first line says what is wrong with which option, the others how parsers work
    const said = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new UsageError(`${said.replace(/\.?$/, '.')} 'plimsoll ${name} --help' says more.`, { cause: error });
  }
}
