import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PRIORITIES } from '../../src/domain/priority.ts';
import { isValidRequest, requestSchema } from '../../src/domain/request.ts';

const name = fc.oneof(fc.string({ maxLength: 5 }), fc.constant('x'.repeat(257)), fc.integer());
const number = fc.oneof(fc.double(), fc.integer({ min: -2, max: 102 }), fc.constantFrom(NaN, Infinity, '1', null));
const field = {
  id: name,
  type: name,
  priority: fc.constantFrom('CRITICAL', 'HIGH', 'NORMAL', 'LOW', 'MINIMAL', 'low', 3),
  payload: fc.anything(),
  resources: fc.oneof(fc.record({ cpu: number, memory: number, gpu: number }, { requiredKeys: [] }), fc.constant([])),
  preferredComponents: fc.oneof(fc.array(name), fc.constant('a')),
  excludedComponents: fc.array(name),
  timeoutMs: number,
  deadline: number,
  deadlineInMs: number,
  maxRetries: number,
  idempotent: fc.constantFrom(true, false, 'true'),
  affinityKey: name,
  metadata: fc.oneof(fc.dictionary(fc.string(), fc.anything()), fc.constant(null)),
  typo: fc.anything(),
};
/** Mostly valid, so that one wrong field is often the only one. */
const likely = {
  ...Object.fromEntries(
    Object.entries({
      id: fc.constantFrom('a', 'b'),
      priority: fc.constant('LOW'),
      resources: fc.constant({ cpu: 3 }),
      timeoutMs: fc.constantFrom(1, 50),
      maxRetries: fc.constantFrom(0, 3),
    }).map(([key, good]) => [key, fc.oneof({ weight: 12, arbitrary: good }, field[key as keyof typeof field])]),
  ),
  type: fc.oneof({ weight: 12, arbitrary: fc.constant('GENERAL') }, name),
};
const own = (value: object): PropertyDescriptorMap => Object.getOwnPropertyDescriptors(value);
const hide = (descriptors: PropertyDescriptorMap): PropertyDescriptorMap =>
  Object.fromEntries(
    Object.entries(descriptors).map(([key, descriptor]) => [key, { ...descriptor, enumerable: false }]),
  );
/** The same properties, but inherited or not enumerable, where a look at the keys misses them. */
const unusual = fc
  .tuple(fc.record(likely, { requiredKeys: [] }), fc.record(likely, { requiredKeys: [] }), fc.anything(), fc.nat(4))
  .map(([above, below, typo, way]): object => {
    if (way === 0) return Object.create(above, own(below));
    if (way === 1) return Object.create(null, own(below));
    if (way === 2) return Object.create({ typo }, own(below));
    if (way === 3) return Object.defineProperties({ ...below }, hide(own(above)));
    return Object.defineProperties({ typo }, hide(own(above)));
  });
const anyRequest = fc.oneof(
  fc.record(likely, { requiredKeys: ['type'] }),
  fc.record(field, { requiredKeys: [] }),
  unusual,
  fc.anything(),
);

const share = fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined });
const goodName = fc.string({ minLength: 1, maxLength: 256 });
const deadline = fc.oneof(
  fc.record({ deadline: fc.double({ noNaN: true, noDefaultInfinity: true }) }, { requiredKeys: [] }),
  fc.record({
    deadlineInMs: fc.oneof(fc.constantFrom(Number.MIN_VALUE, Number.MAX_VALUE), fc.integer({ min: 1 })),
  }),
);
/** What users send: any of the fields, each with any value that it may have. */
const ordinary = fc
  .record(
    {
      id: goodName,
      type: goodName,
      priority: fc.constantFrom(...PRIORITIES, undefined),
      payload: fc.anything(),
      resources: fc.record({ cpu: share, memory: share, network: share, storage: share }, { requiredKeys: [] }),
      preferredComponents: fc.array(goodName),
      excludedComponents: fc.array(goodName),
      timeoutMs: fc.oneof(fc.constantFrom(Number.MIN_VALUE, Number.MAX_VALUE), fc.integer({ min: 1 })),
      deadline,
      maxRetries: fc.integer({ min: 0, max: 100 }),
      idempotent: fc.option(fc.boolean(), { nil: undefined }),
      affinityKey: fc.string(),
      metadata: fc.dictionary(fc.string(), fc.anything()),
    },
    { requiredKeys: ['type'] },
  )
  .map(({ deadline: either, ...request }) => ({ ...request, ...either }));

/** What throws while it is read is not valid either. */
function schemaAccepts(value: unknown): boolean {
  try {
    return requestSchema.safeParse(value).success;
  } catch {
    return false;
  }
}

describe('a request', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is valid exactly where the schema accepts it, whatever comes', () => {
    let valid = 0;
    let invalid = 0;
    fc.assert(
      fc.property(anyRequest, (value) => {
        const answer = isValidRequest(value);
        if (answer) valid++;
        else invalid++;
        return answer === schemaAccepts(value);
      }),
      { numRuns: 4000, seed: 7 },
    );
    expect(Math.min(valid, invalid)).toBeGreaterThan(1000);
  });

  it('of the ordinary kind is found valid without the schema', () => {
    const schema = vi.spyOn(requestSchema, 'safeParse');
    fc.assert(
      fc.property(ordinary, (value) => isValidRequest(value)),
      { numRuns: 1000, seed: 8 },
    );
    expect(schema).not.toHaveBeenCalled();
  });

  it.for<[string, unknown]>([
    ['a property that throws when it is read', Object.defineProperty({ type: 'A' }, 'payload', { get: thrown })],
    [
      'metadata that throws when it is read',
      {
        type: 'A',
        metadata: {
          get key() {
            return thrown();
          },
        },
      },
    ],
    ['metadata under a symbol', { type: 'A', metadata: { [Symbol('key')]: 1 } }],
    ['a hole in a list of components', { type: 'A', excludedComponents: new Array(1) }],
    ['a list that is none', { type: 'A', preferredComponents: { length: 0 } }],
    ['an unknown resource', { type: 'A', resources: { cpu: 1, gpu: 1 } }],
    ['an unknown field beside a hidden one', Object.defineProperty({ typo: 1 }, 'type', { value: 'A' })],
    ['no time at all', { type: 'A', timeoutMs: 0 }],
    ['a deadline that is no number', { type: 'A', deadline: Number.NaN }],
    ['half a retry', { type: 'A', maxRetries: 0.5 }],
    ['a list in place of a request', Object.assign([], { type: 'A' })],
  ])('with %s is not valid', ([, value]) => {
    expect(isValidRequest(value)).toBe(false);
    expect(schemaAccepts(value)).toBe(false);
  });

  it.for<[string, unknown]>([
    ['a field that is there but undefined', { type: 'A', id: undefined }],
    [
      'fields of a class',
      new (class {
        readonly type = 'A';
        get deadline() {
          return 5;
        }
      })(),
    ],
    ['-0 retries', { type: 'A', maxRetries: -0 }],
  ])('with %s is valid', ([, value]) => {
    expect(isValidRequest(value)).toBe(true);
    expect(schemaAccepts(value)).toBe(true);
  });
});

function thrown(): never {
  throw new Error('no');
}
