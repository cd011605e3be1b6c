import { describe, expect, it } from 'vitest';
import { type BotOptions, type Command, parseBotArgs } from '../../../docs/examples/mayarbi-bot/args.ts';

const components = ['price_feeds', 'wallet_manager'];
const parse = (...args: string[]): Command => parseBotArgs(args, components);
const optionsOf = (...args: string[]): BotOptions => {
  const command = parse(...args);
  return command.kind === 'run' ? command.options : expect.fail(JSON.stringify(command));
};

describe('command line', () => {
  it('has defaults', () => {
    expect(optionsOf()).toEqual({
      durationSeconds: 30,
      ticks: undefined,
      seed: 1,
      ratePerSecond: 400,
      inspect: false,
      metrics: undefined,
      fail: 'price_feeds',
    });
  });

  it('reads every option', () => {
    const args =
      '--duration 2.5 --ticks a.jsonl --seed 42 --rate=1e3 --inspect --metrics 9464 --fail wallet_manager'.split(' ');
    expect(optionsOf(...args)).toEqual({
      durationSeconds: 2.5,
      ticks: 'a.jsonl',
      seed: 42,
      ratePerSecond: 1000,
      inspect: true,
      metrics: 9464,
      fail: 'wallet_manager',
    });
  });

  it('fails nothing on request', () => {
    expect(optionsOf('--fail', 'none').fail).toBeUndefined();
  });

  it.each([['--help'], ['-h']])('helps with %s, whatever else is there', (flag) => {
    const command = parse(flag, '--duration', 'x');
    expect(command).toMatchObject({ kind: 'help', text: expect.stringContaining('--duration <seconds>') });
  });

  it.each([
    [['--duration', '0'], '--duration: expected a number from 1 to 86400'],
    [['--duration', '-1'], 'ambiguous'],
    [['--duration=-1'], '--duration: expected'],
    [['--duration', 'soon'], "got 'soon'"],
    [['--duration', ''], "got ''"],
    [['--duration', 'NaN'], "got 'NaN'"],
    [['--duration', 'Infinity'], "got 'Infinity'"],
    [['--duration'], '--duration'],
    [['--rate', '0'], '--rate: expected'],
    [['--rate', '100001'], '--rate: expected'],
    [['--seed', '1.5'], '--seed: expected a whole number'],
    [['--seed', '4294967296'], '--seed: expected'],
    [['--ticks', ''], '--ticks: expected a file name'],
    [['--fail', 'nobody'], 'expected none or one of price_feeds, wallet_manager'],
    [['--speed', '9'], '--speed'],
    [['extra'], 'extra'],
  ])('refuses %j with a message and exit code 2', (args, message) => {
    const command = parse(...args);
    expect(command).toMatchObject({ kind: 'error', exitCode: 2, text: expect.stringContaining(message) });
    expect(command).toMatchObject({ text: expect.stringContaining('--help') });
  });
});
