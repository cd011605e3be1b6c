import { spawnSync } from 'node:child_process';

/** Why `promtool` cannot be asked; undefined when it can. */
export const promtoolMissing: string | undefined =
  spawnSync('promtool', ['--version']).status === 0
    ? undefined
    : 'promtool is not installed (Debian package "prometheus")';

if (promtoolMissing !== undefined) console.warn(`*** SKIPPED: what promtool would check. ${promtoolMissing} ***`);

/** @returns exit code and all that it says. */
export function promtool(
  args: readonly string[],
  input = '',
): { readonly status: number | null; readonly said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8', timeout: 60_000 });
  return { status, said: `${stdout}${stderr}` };
}
