import { describe, expect, it } from 'vitest';
import { type ComponentSpec, InvalidConfigError, LoadBalancer, type LoadBalancerConfig } from '../../src/index.ts';
import { quick, Rig, type RigConfig } from '../support/rig.ts';

class HttpError extends Error {
  readonly status: number;

  constructor(status: number, properties: object = {}) {
    super(`HTTP ${status}`);
    this.status = status;
    Object.assign(this, properties);
  }
}

const isServers = (error: unknown): boolean => !(error instanceof HttpError) || error.status >= 500;

/** A component that always fails so, and how often it was called. */
async function failing(
  error: unknown,
  spec: Partial<ComponentSpec>,
  settings: Partial<RigConfig> = {},
): Promise<{ rig: Rig; calls: () => number }> {
  let calls = 0;
  const handler = (): never => {
    calls++;
    throw error;
  };
  const rig = await Rig.start({ components: [{ id: 'a', handler, ...spec }], ...settings });
  return { rig, calls: () => calls };
}

describe('isFailure', () => {
  it.for<[string, Partial<ComponentSpec>, Partial<RigConfig>, number, boolean]>([
    ['of the component: what is none', { isFailure: isServers }, {}, 404, false],
    ['of the component: what is one', { isFailure: isServers }, {}, 503, true],
    ['of the balancer', {}, { isFailure: isServers }, 404, false],
    ['of the component before that of the balancer', { isFailure: () => true }, { isFailure: isServers }, 404, true],
    ['missing: each is one', {}, {}, 404, true],
  ])('%s', async ([, spec, settings, status, ejected]) => {
    const { rig } = await failing(new HttpError(status), spec, { maxRetries: 0, ...settings });
    rig.balancer.register(quick('b', { serves: ['B'] }));
    for (let n = 0; n < 30; n++) {
      const tracked = rig.execute({ type: 'A' });
      await rig.advance(100);
      expect(tracked.outcome).toBe(ejected ? tracked.outcome : 'rejected');
    }
    const statuses = rig
      .of('component.statusChanged')
      .filter(({ componentId, to }) => componentId === 'a' && to === 'Failed');
    expect(statuses.length > 0).toBe(ejected);
  });

  it('makes a probe that fails so a good one', async () => {
    const { rig } = await failing(
      new HttpError(404),
      { isFailure: isServers },
      { maxRetries: 0, recovery: { jitter: 0 } },
    );
    rig.balancer.fail('a');
    for (let n = 0; n < 10; n++) {
      rig.execute({ type: 'A' });
      await rig.advance(3_000);
    }
    expect(rig.stateOf('a')).toMatch(/^operational/);
  });
});

describe('isRetryable', () => {
  it.for<[string, Partial<ComponentSpec>, Partial<RigConfig>, HttpError, object, number]>([
    ['of the component: no', { isRetryable: isServers }, {}, new HttpError(404), {}, 1],
    ['of the component: yes', { isRetryable: isServers }, {}, new HttpError(503), {}, 4],
    ['of the balancer', {}, { isRetryable: isServers }, new HttpError(404), {}, 1],
    [
      'of the component before that',
      { isRetryable: () => true },
      { isRetryable: isServers },
      new HttpError(404),
      {},
      4,
    ],
    [
      'after what the error says: yes',
      { isRetryable: () => false },
      {},
      new HttpError(404, { retryable: true }),
      {},
      4,
    ],
    ['after what the error says: no', { isRetryable: () => true }, {}, new HttpError(503, { retryable: false }), {}, 1],
    ['after callerFault', { isRetryable: () => true }, {}, new HttpError(503, { callerFault: true }), {}, 1],
    ['is not asked of a request', { isRetryable: () => true }, {}, new HttpError(503), { idempotent: false }, 1],
    ['nor of a type', { isRetryable: () => true }, {}, new HttpError(503), { type: 'WALLET_OPERATION' }, 1],
    ['nor of a component', { isRetryable: () => true, idempotent: false }, {}, new HttpError(503), {}, 1],
  ])('%s', async ([, spec, settings, error, request, calls]) => {
    const { rig, calls: called } = await failing(error, spec, settings);
    const tracked = rig.execute(request);
    await rig.advance(20_000);
    expect(tracked.error?.code).toBe('HANDLER_FAILED');
    expect(called()).toBe(calls);
  });

  it('is named in the error as the reason', async () => {
    const { rig } = await failing(new HttpError(404), { isRetryable: isServers });
    const tracked = rig.execute();
    await rig.advance(1_000);
    expect(tracked.error?.message).toContain('isRetryable says that such an error is not to be');
  });
});

it.for<[string, unknown]>([
  [
    'throws',
    () => {
      throw new Error('broken rule');
    },
  ],
  ['returns no boolean', () => 'yes'],
  ['is async', async () => false],
  ['rejects', () => Promise.reject(new Error('broken rule'))],
])('a rule that %s is reported, and taken for a yes', async ([, rule]) => {
  const rules = { isFailure: rule, isRetryable: rule } as Partial<ComponentSpec>;
  const { rig, calls } = await failing(new Error('down'), rules);
  rig.execute();
  await rig.advance(20_000);
  expect(calls()).toBe(4);
  expect(rig.of('error.reported').map(({ code, componentId }) => [code, componentId])).toContainEqual([
    'ERROR_RULE_FAILED',
    'a',
  ]);
});

it.for<[string, object]>([
  ['of the balancer', { isFailure: 'never' }],
  ['of a component', { components: [{ ...quick('a'), isRetryable: 5 }] }],
])('what is no function is refused: %s', ([, wrong]) => {
  const config = { components: [quick('a')], statePath: null, logger: false, ...wrong } as LoadBalancerConfig;
  expect(() => new LoadBalancer(config)).toThrow(InvalidConfigError);
});
