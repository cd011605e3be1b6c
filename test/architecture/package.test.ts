import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Manifest {
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
