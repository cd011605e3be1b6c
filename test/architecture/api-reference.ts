import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeReference } from 'api-reference';
import { root } from './source-tree.ts';

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { types: string }>;
};

/** The public entries: how each is imported, and its source. */
const entries = Object.entries(exports).flatMap(([subpath, target]) =>
  typeof target === 'string'
    ? []
    : [
        {
          name: subpath.replace(/^\./, 'plimsoll'),
          path: join(root, target.types.replace('./dist/', '').replace('.d.ts', '.ts')),
        },
      ],
);

/** Where the pages stand. */
export const PAGES = join(root, 'docs/api');

/** Writes the API reference into a folder. @returns what typedoc warns of. */
export const writeApiReference = (out: string): Promise<string[]> =>
  writeReference({ entries, tsconfig: join(root, 'tsconfig.build.json'), out });

if (process.argv[1]?.endsWith('api-reference.ts')) await writeApiReference(PAGES);
