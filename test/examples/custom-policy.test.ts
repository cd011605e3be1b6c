import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { run } from '../../docs/examples/custom-policy.ts';
import { root } from '../architecture/source-tree.ts';

describe('the example of a policy of one’s own', () => {
  it('waits for its own nodes while they are full, pays where it must, and makes no mistake', async () => {
    const lines: string[] = [];
    await run((line) => lines.push(line));
    expect(lines).toEqual([
      'what ours can carry in time: 8 by our own, 0 paid for',
      'more than that: 12 by our own, 12 paid for',
      'what cannot wait: 4 by our own, 4 paid for',
      'COMPONENT_FAILED',
      'COMPONENT_FAILED',
      'while ours have failed: 0 by our own, 8 paid for',
      expect.stringMatching(/^48 picks, \d+ times it held$/),
    ]);
  });

  it('runs as a program', { timeout: 60_000 }, async () => {
    const program = ['--import', 'tsx', 'docs/examples/custom-policy.ts'];
    const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: root });
    expect(stdout).toContain('12 paid for');
  });
});
