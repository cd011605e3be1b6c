import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Ended {
  readonly code: number | null;
  readonly output: unknown;
  readonly errors: string;
}

/** Runs a script of `scripts/` in a process of its own, to its end. */
function run(script: string): Promise<Ended> {
  const path = fileURLToPath(new URL(`scripts/${script}.ts`, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data) => {
    output += String(data);
  });
  child.stderr.on('data', (data) => {
    errors += String(data);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, errors, output: output === '' ? undefined : JSON.parse(output) }));
  });
}

describe('a process lives', { timeout: 60_000 }, () => {
  it('through crashing handlers, listeners, subscribers, loggers, stores and managers', async () => {
    expect(await run('crashing-user-code')).toEqual({
      code: 0,
      errors: '',
      output: { settled: 200, submitted: 250, conservation: 0 },
    });
  });

  it('through crashing component actors', async () => {
    expect(await run('crashing-actors')).toEqual({
      code: 0,
      errors: '',
      output: { settled: 400, restarted: true, submitted: 400, conservation: 0 },
    });
  });

  it('through a host that crashes: its balancer goes on until it is stopped, and answers everything', async () => {
    expect(await run('crashing-host')).toEqual({
      code: 0,
      errors: '',
      output: {
        host: 'error',
        observed: 1,
        after: 'active',
        answers: { 'request.completed': 20, 'request.cancelled': 5 },
        submitted: 25,
        balancer: 'done',
      },
    });
  });

  it('through a host that leaves the invoking state in mid-work, and every promise settles', async () => {
    expect(await run('leaving-host')).toEqual({
      code: 0,
      errors: '',
      output: { answers: { 'request.cancelled': 20 }, rejected: 10, aborted: 5 },
    });
  });

  it('through a blocked event loop: what was done meanwhile is heard before it is timed out, and nobody is blamed', async () => {
    expect(await run('stalled-loop')).toEqual({
      code: 0,
      errors: '',
      output: { outcomes: { completed: 10, quoted: 200 }, ejected: 0 },
    });
  });
});
