import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InvalidConfigError } from '../../domain/errors.ts';
import { type Plan, planOf } from '../../testing/simulator/plan.ts';

/** What an error of the file system means to somebody who gave a name. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read',
};

/** @throws InvalidConfigError that names the file, and where it was looked for. */
function textOf(what: string, name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = String(Reflect.get(Object(error), 'code'));
    const reason = REASONS[code] ?? (error instanceof Error ? error.message : code);
    const where = path === name ? '' : ` (looked for ${path})`;
    throw new InvalidConfigError(`Cannot read ${what} '${name}'${where}: ${reason}. Give the path of a file.`, {
      value: name,
      cause: error,
    });
  }
}

/** Changes to a scenario that a command line asks for. */
export interface Changes {
  readonly durationMs: number | undefined;
  readonly warmUpMs: number | undefined;
}

/**
 * Reads a scenario; files that it names are looked for beside it.
 * @throws InvalidConfigError that names what is wrong and what was expected.
 */
export function readScenario(file: string, { durationMs, warmUpMs }: Changes): Plan {
  const path = resolve(file);
  const text = textOf('the scenario', file, path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidConfigError(`The scenario '${file}' is no JSON: ${why}. Correct it there.`, {
      value: file,
      cause: error,
    });
  }
  const changed =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? {
          ...value,
          ...(durationMs === undefined ? {} : { durationMs }),
          ...(warmUpMs === undefined ? {} : { warmUpMs }),
        }
      : value;
  const folder = dirname(path);
  return planOf(changed, (name) => textOf('the file that the scenario names,', name, resolve(folder, name)));
}
