import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HandlerError, InvalidConfigError, LoadShedError, QueueFullError } from '../../src/domain/errors.ts';
import { priorityOf } from '../../src/domain/priority.ts';
import { describeIssues, formatValue, requestProblem, requestSchema } from '../../src/domain/request.ts';

describe('an error', () => {
  it('is plain JSON with what is known of it, and nothing else', () => {
    expect(JSON.parse(JSON.stringify(new LoadShedError('full')))).toEqual({
      name: 'LoadShedError',
      code: 'LOAD_SHED',
      message: 'full',
    });
    const known = new HandlerError('no', {
      requestId: 'r',
      componentId: 'c',
      reason: 'failover',
      cause: new Error('x'),
    });
    expect(JSON.parse(JSON.stringify(known))).toEqual({
      name: 'HandlerError',
      code: 'HANDLER_FAILED',
      message: 'no',
      requestId: 'r',
      componentId: 'c',
      reason: 'failover',
      cause: { name: 'Error', message: 'x' },
    });
  });

  it('that a loaded balancer makes in bulk has no stack, one of a mistake has', () => {
    const limit = Error.stackTraceLimit;
    expect(new QueueFullError('full').stack).not.toContain('errors.test');
    expect(Error.stackTraceLimit).toBe(limit);
    expect(new InvalidConfigError('wrong').stack).toContain('errors.test');
  });
});

describe('what is wrong with a request', () => {
  it('is told by path, expectation and value', () => {
    const { error } = requestSchema.safeParse({ type: 'A', resources: { cpu: 200 }, preferredComponents: ['a', 7] });
    const given = { type: 'A', resources: { cpu: 200 }, preferredComponents: ['a', 7] };
    const text = describeIssues(error!, given, requestSchema);
    expect(text).toMatch(/resources\.cpu: .*100.* \(given: 200\)/);
    expect(text).toMatch(/preferredComponents\.1: .*string.* \(given: 7\)/);
    // the value that was parsed may not be the one at hand
    expect(describeIssues(error!, 'something else', requestSchema)).toContain('(given: undefined)');
  });

  it('names the key that was probably meant, or those that there are', () => {
    expect(requestProblem({ type: 'A', priorty: 'HIGH' })?.message).toContain(
      'Invalid request: priorty: unknown key (did you mean "priority"?). Correct',
    );
    expect(requestProblem({ type: 'A', resources: { cpus: 1, gpu: 2, disk: 3 } })?.message).toMatch(
      /resources\.cpus: unknown key \(did you mean "cpu"\?\); resources\.gpu: .*"cpu".*; resources\.disk: unknown key \(expected: cpu, memory, network, storage\)/,
    );
    // more keys than anybody would read
    expect(requestProblem({ type: 'A', completelyOther: 1 })?.message).toContain('completelyOther: unknown key.');
  });

  it('knows no keys where a schema tells none, and looks into lists and alternatives', () => {
    const inner = z.strictObject({ name: z.string() });
    const schema = z.strictObject({
      list: z.array(inner),
      either: z.union([inner, z.strictObject({ nome: z.int() })]),
    });
    const value = { list: [{ name: 'a', nam: 1 }], either: 5, other: 1 };
    const { error } = schema.safeParse(value);
    expect(describeIssues(error!, value, schema)).toContain('list.0.nam: unknown key (did you mean "name"?)');
    expect(describeIssues(error!, value, z.unknown())).toContain('list.0.nam: unknown key;');
    const kinds = z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('a'), speed: z.int() })]);
    const wrong = { kind: 'a', spede: 5, speed: 1 };
    const refused = kinds.safeParse(wrong).error;
    expect(describeIssues(refused!, wrong, kinds)).toBe('spede: unknown key (did you mean "speed"?)');
  });

  it('is told of the whole where it is no object at all', () => {
    expect(requestProblem(null)?.message).toMatch(/^Invalid request: value: .* \(given: null\)/);
  });

  it('is nothing when it is valid', () => {
    expect(requestProblem({ type: 'GENERAL' })).toBeUndefined();
  });

  it.for([
    [null, 'null'],
    [undefined, 'undefined'],
    [10n, '10'],
    [Symbol('s'), 'Symbol(s)'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [function named() {}, 'function named'],
    [(() => () => {})(), 'function (anonymous)'],
    ['x'.repeat(500), `"${'x'.repeat(116)}...`],
    [{ a: [1] }, '{"a":[1]}'],
    [{ big: 1n }, 'object that cannot be shown'],
  ] as const)('shows %s', ([value, shown]) => {
    expect(formatValue(value)).toBe(shown);
  });
});

it('a class beyond the last is the last', () => {
  expect([0, 4, 5, -1].map(priorityOf)).toEqual(['CRITICAL', 'MINIMAL', 'MINIMAL', 'MINIMAL']);
});
