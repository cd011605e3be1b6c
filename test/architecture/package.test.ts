import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Manifest {
  bin: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as Manifest;

describe('package.json', () => {
  it('has xstate as a peer, never as a dependency: two copies of it would not see each other', () => {
    expect(manifest.peerDependencies.xstate).toBe('^5.30.0');
    expect(manifest.dependencies).not.toHaveProperty('xstate');
  });

  it('pins each development tool exactly', () => {
    for (const [name, range] of Object.entries(manifest.devDependencies)) {
      expect(range, name).toMatch(/^(\d+\.\d+\.\d+|file:test\/support\/.+)$/);
    }
  });

  it('keeps vitest and its coverage provider on one version', () => {
    expect(manifest.devDependencies['@vitest/coverage-v8']).toBe(manifest.devDependencies.vitest);
  });
});

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What is packed, but for what a build makes. */
function packed(): string[] {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
  });
  const report: unknown = JSON.parse(stdout);
  const [one] = Object.values(Object(report)) as { readonly files: readonly { readonly path: string }[] }[];
  return (one?.files ?? []).map(({ path }) => path);
}

/** Relative links of a page, and where they lead. */
function linksOf(page: string): { readonly link: string; readonly to: string }[] {
  const text = readFileSync(join(root, page), 'utf8').replace(/^```.*?^```/gms, '');
  return [...text.matchAll(/(?<!!)\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => ({ link, to: normalize(join(dirname(page), decodeURI(link))).replace(/\/$/, '') }));
}

describe('a link', { timeout: 60_000 }, () => {
  it('of a page that is packed leads to something that is packed', () => {
    const files = packed();
    const pages = files.filter((file) => file.endsWith('.md'));
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/guide/concepts.md', 'machines/README.md']));
    const isPacked = (to: string): boolean => files.some((file) => file === to || file.startsWith(`${to}/`));
    const dead = pages.flatMap((page) =>
      linksOf(page)
        .filter(({ to }) => !isPacked(to))
        .map(({ link }) => `${page}: ${link}`),
    );
    expect(dead).toEqual([]);
  });

  it('of any page of the repository leads somewhere', () => {
    const pages = ['docs', 'machines'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.md'))
        .map((name) => join(folder, name)),
    );
    const dead = [...pages, 'README.md', 'CHANGELOG.md'].flatMap((page) =>
      linksOf(page)
        .filter(({ to }) => !existsSync(join(root, to)))
        .map(({ link }) => `${page}: ${link}`),
    );
    expect(dead).toEqual([]);
  });
});

describe('the command', { timeout: 60_000 }, () => {
  it('works in a checkout that nobody has built', () => {
    const command = manifest.bin.plimsoll ?? '';
    expect(command).not.toContain('dist/');
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
    const said = spawnSync(process.execPath, [join(root, command), '--version'], {
      cwd: dirname(root),
      encoding: 'utf8',
    });
    expect(said).toMatchObject({ status: 0, stdout: `${version}\n` });
    const wrong = spawnSync(process.execPath, [join(root, command), 'tpo'], { encoding: 'utf8' });
    expect(wrong).toMatchObject({ status: 2, stderr: expect.stringContaining("did you mean 'top'?") });
  });
});
