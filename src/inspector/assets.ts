import { readFileSync } from 'node:fs';

/** A file of the page. */
export interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

/** The page's files by path: nothing else can be asked for. They are built by `npm run build:page`. */
const FILES: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/app.js': { file: 'app.js', type: 'text/javascript; charset=utf-8' },
  '/app.css': { file: 'app.css', type: 'text/css; charset=utf-8' },
  '/notice.txt': { file: 'notice.txt', type: 'text/plain; charset=utf-8' },
};

const read = new Map<string, Asset>();

/** @returns undefined for a path that the page has not. */
export function assetAt(path: string): Asset | undefined {
  const known = read.get(path);
  if (known !== undefined) return known;
  if (!Object.hasOwn(FILES, path)) return undefined;
  const { file, type } = FILES[path]!;
  const asset = { type, body: readFileSync(new URL(`./assets/${file}`, import.meta.url)) };
  read.set(path, asset);
  return asset;
}
