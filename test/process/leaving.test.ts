import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Left {
  readonly code: number | null;
  readonly lines: readonly string[];
  /** From its last line to its end, ms. */
  readonly lingered: number;
}

/** Runs a situation of `scripts/leaving-process.ts`; a process that has not ended after 20 s is ended. */
function leave(situation: string): Promise<Left> {
  const path = fileURLToPath(new URL('scripts/leaving-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path, situation], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let last = Number.NaN;
  child.stdout.on('data', (data) => {
    output += String(data);
    last = performance.now();
  });
  const late = setTimeout(() => child.kill(), 20_000);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(late);
      resolve({ code, lines: output.trimEnd().split('\n'), lingered: performance.now() - last });
    });
  });
}

describe('a process whose balancer nobody stops', { timeout: 60_000 }, () => {
  it.each([
    { situation: 'idle', lines: ['left'] },
    { situation: 'open work', lines: ['first', 'retried', 'behind it'] },
    { situation: 'nobody to serve it', lines: ['after the cooldown'] },
    { situation: 'work again', lines: ['first', 'second'] },
    { situation: 'embedded', lines: ['request.completed'] },
    { situation: 'virtual clock', lines: ['left'] },
  ])('ends within a second of its last work: $situation', async ({ situation, lines }) => {
    const { code, lines: said, lingered } = await leave(situation);
    expect({ code, said: [...said].sort() }).toEqual({ code: 0, said: [...lines].sort() });
    expect(lingered).toBeLessThan(1_000);
  });

  it('lives through a start and a stop that take their time', async () => {
    expect(await leave('stopping')).toMatchObject({ code: 0, lines: ['started', 'left'] });
  });

  it('lives as long as timers of its own clock do', async () => {
    expect(await leave('clock of its own')).toMatchObject({ code: 0, lines: ['done', 'left'] });
  });
});
