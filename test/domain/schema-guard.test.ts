import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { requestSchema } from '../../src/domain/request.ts';
import { isValidRequest } from '../../src/domain/request-guard.ts';
import { compileGuard } from '../../src/domain/schema-guard.ts';

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
const anyRequest = fc.oneof(
  fc.record(likely, { requiredKeys: ['type'] }),
  fc.record(field, { requiredKeys: [] }),
  fc.anything(),
);

describe('the guard compiled from the request schema', () => {
  const guard = compileGuard(requestSchema);

  it('says yes only to what the schema accepts, whatever comes', () => {
    let yes = 0;
    fc.assert(
      fc.property(anyRequest, (value) => {
        if (!guard(value)) return;
        yes++;
        expect(requestSchema.safeParse(value).success).toBe(true);
      }),
      { numRuns: 3000, seed: 7 },
    );
    expect(yes).toBeGreaterThan(20);
  });

  it('together with the schema decides exactly as the schema', () => {
    fc.assert(
      fc.property(anyRequest, (value) => {
        expect(isValidRequest(value)).toBe(requestSchema.safeParse(value).success);
      }),
      { numRuns: 2000, seed: 8 },
    );
  });

  it('says yes itself to the requests that users send', () => {
    expect(guard({ type: 'GENERAL' })).toBe(true);
    expect(guard({ type: 'WALLET_OPERATION', priority: 'CRITICAL', payload: {}, deadline: 1e12, timeoutMs: 5 })).toBe(
      true,
    );
    expect(guard({ type: 'X', resources: { cpu: 5 }, preferredComponents: ['a'], metadata: { k: 1 } })).toBe(true);
  });

  it('leaves a property that throws, or is there but undefined, to the schema', () => {
    const hostile = {
      get type(): string {
        throw new Error('no');
      },
    };
    expect(isValidRequest(hostile)).toBe(false);
    expect(isValidRequest({ type: 'a', id: undefined })).toBe(true);
  });

  it('leaves kinds of schema that it does not know to zod', () => {
    const odd = compileGuard(z.strictObject({ at: z.date(), even: z.number().multipleOf(2), kind: z.literal('a') }));
    expect(odd({ at: new Date(0), even: 4, kind: 'a' })).toBe(true);
    expect(odd({ at: 'x', even: 4, kind: 'a' })).toBe(false);
    expect(odd({ at: new Date(0), even: 3, kind: 'a' })).toBe(false);
    expect(compileGuard(z.object({ a: z.string() }))({ a: 'loose objects may have more' })).toBe(true);
    expect(compileGuard(z.enum({ one: 1 }))(1)).toBe(true);
    expect(compileGuard(z.strictObject({ 'a-b': z.string() }))({ 'a-b': 'x' })).toBe(true);
    expect(compileGuard(z.boolean().refine((v) => v))(false)).toBe(false);
    expect(compileGuard(z.string().regex(/a/))('b')).toBe(false);
    expect(compileGuard(z.array(z.string()).min(2))(['a'])).toBe(false);
  });

  it('leaves what a later zod may describe otherwise to zod as well', () => {
    const altered = <S extends z.core.$ZodType>(schema: S, changes: object): S => {
      // still checks as it did; only its description differs
      const { _zod } = schema;
      const twin: S = Object.create(schema, { _zod: { value: { ..._zod, def: { ..._zod.def, ...changes } } } });
      return twin;
    };
    const asZod = (schema: z.core.$ZodType, good: unknown, bad: unknown): void => {
      expect(compileGuard(schema)(good)).toBe(true);
      expect(compileGuard(schema)(bad)).toBe(false);
    };
    asZod(altered(z.string(), { checks: 'many' }), 'a', 1);
    asZod(altered(z.string(), { checks: [{}] }), 'a', 1);
    asZod(altered(z.string(), { checks: [{ _zod: { def: { check: 7 } } }] }), 'a', 1);
    asZod(altered(z.string(), { checks: [{ _zod: { def: { check: 'min_length', minimum: 'one' } } }] }), 'a', 1);
    asZod(altered(z.string(), { checks: undefined }), 'a', 1);
    asZod(altered(z.optional(z.string()), { innerType: 5 }), 'a', 1);
    asZod(altered(z.enum(['a']), { entries: undefined }), 'a', 'b');
    asZod(altered(z.array(z.string()), { element: undefined }), ['a'], [1]);
    asZod(altered(z.strictObject({ a: z.string() }), { shape: { a: 'string' } }), { a: 'x' }, { a: 1 });
    asZod(altered(z.strictObject({ a: z.string() }), { catchall: undefined }), { a: 'x' }, { a: 1 });
    asZod(z.int32(), 5, 2 ** 31);
    asZod(z.int().gt(1), 2, 1);
    asZod(z.number().lt(1), 0, 1);
    asZod(z.number().int(), 1, 1.5);
    const odd = z.strictObject({ a: z.string() }).refine(({ a }) => a !== 'b');
    asZod(odd, { a: 'x' }, { a: 'b' });
  });

  it('says no to everything where code must not be made from strings', () => {
    const { Function: real } = globalThis;
    const forbidden = function forbidden(): never {
      throw new EvalError('Code generation from strings disallowed for this context');
    };
    for (const made of [forbidden, () => () => 'no function']) {
      vi.stubGlobal('Function', made);
      const guard = compileGuard(requestSchema);
      vi.unstubAllGlobals();
      expect(globalThis.Function).toBe(real);
      expect(guard({ type: 'GENERAL' })).toBe(false);
    }
  });
});
