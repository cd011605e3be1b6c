import { spawnSync } from 'node:child_process';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { stderrLogger } from '../../../src/adapters/logging/stderr-logger.ts';
import { InvalidConfigError } from '../../../src/domain/errors.ts';

function logged(level?: string) {
  const lines: Record<string, unknown>[] = [];
  const logger = stderrLogger(level, (line) => lines.push(JSON.parse(line)));
  return { logger, lines };
}

describe('the default logger', () => {
  it('writes the lines that pino would', () => {
    const { logger, lines } = logged();
    const ofPino: Record<string, unknown>[] = [];
    const reference = pino(
      { name: 'plimsoll', level: 'warn' },
      { write: (line) => void ofPino.push(JSON.parse(line)) },
    );
    for (const to of [logger, reference]) {
      to.info({ a: 1 }, 'not said');
      to.warn({ componentId: 'a', left: 3 }, 'said');
      to.error({ err: Object.assign(new TypeError('no'), { code: 'ECONNRESET' }) }, 'failed');
    }
    const comparable = (line: Record<string, unknown>) => ({ ...line, time: typeof line.time, err: undefined });
    expect(lines.map(comparable)).toEqual(ofPino.map(comparable));
    const { type, message, code, stack } = lines[1]!.err as Record<string, unknown>;
    expect({ type, message, code }).toEqual({ type: 'TypeError', message: 'no', code: 'ECONNRESET' });
    expect(stack).toContain('stderr-logger.test');
  });

  it('tells causes, and says what it can of what cannot be written as JSON', () => {
    const { logger, lines } = logged('debug');
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    logger.debug({ circle, n: 5n, err: new Error('a', { cause: new Error('b') }) }, 'odd');
    expect(lines).toMatchObject([
      {
        circle: '[cannot be written as JSON]',
        n: '5',
        err: { message: 'a', cause: { type: 'Error', message: 'b' } },
        msg: 'odd',
      },
    ]);
  });

  it('never throws, whatever becomes of the line', () => {
    const logger = stderrLogger('info', () => {
      throw new Error('EPIPE');
    });
    expect(() => logger.info({}, 'x')).not.toThrow();
    const hostile = {
      get secret(): never {
        throw new Error('no');
      },
    };
    expect(() => logger.warn({ hostile }, 'x')).not.toThrow();
  });

  it('refuses a level that does not exist, and can be silent', () => {
    expect(() => stderrLogger('verbose')).toThrow(InvalidConfigError);
    expect(() => stderrLogger('verbose')).toThrow(/PLIMSOLL_LOG: expected one of trace, debug, info/);
    const { logger, lines } = logged('silent');
    logger.error({}, 'x');
    expect(lines).toEqual([]);
  });

  it('goes to standard error by itself, at the level that the environment names', () => {
    const script = `import { stderrLogger } from './src/adapters/logging/stderr-logger.ts'; const l = stderrLogger(); l.info({}, 'one'); l.debug({}, 'two');`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      env: { ...process.env, PLIMSOLL_LOG: 'info' },
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stderr)).toMatchObject({ level: 30, name: 'plimsoll', msg: 'one' });
  });
});
