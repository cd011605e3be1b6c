import { describe, expect, it } from 'vitest';
import { type ComponentSpec, InvalidConfigError, LoadBalancer } from '../../src/index.ts';
import { quick, Rig } from '../support/rig.ts';

/** What a configuration that is no configuration is refused with. */
function refusalOf(config: unknown): InvalidConfigError {
  try {
    Reflect.construct(LoadBalancer, [config]);
  } catch (error) {
    if (error instanceof InvalidConfigError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

const whole = (config: object): object => ({ statePath: null, logger: false, components: [quick('a')], ...config });
const nothing = (): void => {};

describe('a configuration', () => {
  it.for<[string, object, ...string[]]>([
    ['an unknown key', { maxQueuSize: 5 }, 'maxQueuSize: unknown key (did you mean "maxQueueSize"?)'],
    ['one that is misspelt', { algoritm: 'adaptive' }, 'algoritm: unknown key (did you mean "algorithm"?)'],
    ['a port that is misspelt', { loger: false }, 'loger: unknown key (did you mean "logger"?)'],
    ['an unknown nested key', { retry: { baseMS: 5 } }, 'retry.baseMS: unknown key (did you mean "baseMs"?)'],
    ['a wrong type', { maxQueueSize: 'many' }, 'maxQueueSize', 'number', '"many"'],
    ['NaN', { requestTimeoutMs: Number.NaN }, 'requestTimeoutMs', 'number', 'NaN'],
    ['Infinity', { requestTimeoutMs: Number.POSITIVE_INFINITY }, 'requestTimeoutMs', 'Infinity'],
    ['a negative', { abortGraceMs: -1 }, 'abortGraceMs', '>=0', '-1'],
    ['a fraction', { maxRetries: 1.5 }, 'maxRetries', 'int', '1.5'],
    ['zero where there must be one', { maxQueueSize: 0 }, 'maxQueueSize', '>=1', '0'],
    ['a share above 1', { highLoadThreshold: 1.2 }, 'highLoadThreshold', '<=1', '1.2'],
    ['an algorithm that does not exist', { algorithm: 'fastest' }, 'algorithm', 'round-robin', '"fastest"'],
    ['a policy without a name', { algorithm: { select: () => 0 } }, 'algorithm', 'name'],
    ['thresholds out of order', { highLoadThreshold: 0.95 }, 'highLoadThreshold', '0.95', 'overloadThreshold', '0.9'],
    ['shedding below overload', { sheddingThreshold: 0.8 }, 'sheddingThreshold', '0.8', '0.9'],
    ['weights the wrong way round', { weights: { min: 3, max: 2 } }, 'weights.min', '3', '2'],
    ['a base above the cap', { retry: { baseMs: 10, capMs: 5 } }, 'retry.baseMs', '10', '5'],
    ['no components', { components: [] }, 'components', 'at least one'],
    ['components that are no list', { components: { a: 1 } }, 'components', 'list'],
    ['a clock that cannot tell the time', { clock: { setTimeout: nothing } }, 'clock', 'now'],
    ['a random that is no function', { random: 4 }, 'random', 'function', '4'],
    ['a logger that cannot warn', { logger: { info: nothing } }, 'logger', 'pino'],
    ['a store that cannot save', { store: { load: nothing } }, 'store', 'save'],
    ['an empty path', { statePath: '' }, 'statePath', 'path or null'],
    ['a subscriber that cannot hear', { subscriber: 5 }, 'subscriber', '5'],
    [
      'an unknown integration',
      { integrations: { helth: {} } },
      'integrations.helth: unknown key (did you mean "health"?)',
    ],
    ['an integration that is none', { integrations: { health: 5 } }, 'integrations.health', '5'],
  ])('with %s is refused, and the message says what was wrong', ([, config, ...words]) => {
    const error = refusalOf(whole(config));
    expect(error.code).toBe('INVALID_CONFIG');
    for (const word of words) expect(error.message).toContain(word);
  });

  it.for([undefined, null, 5, 'config'])('that is %j is refused', (config) => {
    expect(refusalOf(config).message).toContain('expected an object with components');
  });

  it.for<[string, Partial<ComponentSpec> & Record<string, unknown>, ...string[]]>([
    ['an unknown key', { maxTasks: 5 }, 'maxTasks: unknown key'],
    ['one that is misspelt', { handeler: 5 }, 'handeler: unknown key (did you mean "handler"?)'],
    ['no slots', { maxConcurrentTasks: 0 }, 'maxConcurrentTasks', '>=1', '0'],
    ['an empty id', { id: '' }, 'id'],
    ['a weight of 0', { weight: 0 }, 'weight', '>0', '0'],
    ['a limit above 100 %', { limits: { cpu: 101 } }, 'limits.cpu', '<=100', '101'],
    ['nothing that it serves', { serves: [] }, 'serves'],
    ['no handler', { handler: JSON.parse('5') }, 'handler', 'function', '5'],
    ['a check that is none', { check: JSON.parse('"ok"') }, 'check', 'function'],
  ])('whose component has %s is refused', ([, spec, ...words]) => {
    const error = refusalOf(whole({ components: [quick('a'), { ...quick('b'), ...spec }] }));
    expect(error.message).toContain('component 1');
    for (const word of words) expect(error.message).toContain(word);
  });

  it('with one id twice is refused by name', () => {
    const error = refusalOf(whole({ components: [quick('a'), quick('b'), quick('a')] }));
    expect(error).toMatchObject({ componentId: 'a', message: expect.stringContaining('components.2') });
  });

  it('may be hostile, and is refused all the same', () => {
    const hostile = {
      get maxQueueSize(): number {
        throw new Error('mine');
      },
    };
    expect(() => Reflect.construct(LoadBalancer, [hostile])).toThrow();
  });
});

describe('a change of the configuration', () => {
  it('takes effect, and leaves what it does not name as it is', async () => {
    const rig = await Rig.start({ components: [quick('a')], maxQueueSize: 50, retry: { baseMs: 7 } });
    rig.balancer.updateConfig({ maxQueueSize: 20, retry: { capMs: 9 } });
    expect(rig.state.settings).toMatchObject({ maxQueueSize: 20, retry: { baseMs: 7, capMs: 9 } });
  });

  it('that names a key but gives undefined does not bring the default back', async () => {
    const rig = await Rig.start({ components: [quick('a')], maxQueueSize: 50, retry: { baseMs: 7 } });
    rig.balancer.updateConfig({ maxQueueSize: undefined, retry: { baseMs: undefined, capMs: 70 } });
    expect(rig.state.settings).toMatchObject({ maxQueueSize: 50, retry: { baseMs: 7, capMs: 70 } });
  });

  it.for<[object | null, string]>([
    [{ maxQueueSize: -1 }, 'maxQueueSize'],
    [{ recovery: { jitter: 0 } }, 'recovery'],
    [{ nonsense: 1 }, 'nonsense'],
    [{ highLoadThreshold: 0.9 }, 'overloadThreshold'],
    [null, 'configuration change'],
  ])('to %j is refused and changes nothing', async ([changes, word]) => {
    const rig = await Rig.start({ components: [quick('a')] });
    const before = rig.state.settings;
    expect(() => Reflect.apply(rig.balancer.updateConfig, rig.balancer, [changes])).toThrow(InvalidConfigError);
    await rig.advance();
    expect(rig.state.settings).toBe(before);
    expect(rig.of('command.refused')[0]).toMatchObject({
      command: 'config.update',
      reason: expect.stringContaining(word),
    });
  });

  it('of the periods reaches the monitors', async () => {
    let sampled = 0;
    const rig = await Rig.start({ components: [quick('a')], loadMonitorIntervalMs: 60_000 });
    rig.balancer.on('metrics.sampled', () => sampled++);
    rig.balancer.updateConfig({ loadMonitorIntervalMs: 100 });
    await rig.advance(1_050);
    expect(sampled).toBe(10);
  });

  it('of the thresholds moves components between their bands', async () => {
    const rig = await Rig.start({
      components: [quick('a', { maxConcurrentTasks: 10, handler: () => new Promise(() => {}) })],
    });
    rig.executeMany(5);
    await rig.advance();
    expect(rig.stateOf('a')).toBe('operational.available');
    rig.balancer.updateConfig({ highLoadThreshold: 0.4 });
    expect(rig.stateOf('a')).toBe('operational.busy');
    rig.balancer.updateConfig({ highLoadThreshold: 0.6 });
    expect(rig.stateOf('a')).toBe('operational.available');
  });
});
