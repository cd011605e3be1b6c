import type { z } from 'zod';

/** Answers true only for values that fit the schema; false means "ask the schema". */
export type Guard = (value: unknown) => boolean;

/** A schema of zod as its core describes it. */
type Core = z.core.$ZodType;

/**
 * Compiles a schema to one function that allocates nothing and reads each property once. It knows the kinds of schema
 * that requests are made of; any other part is left to zod itself. Where code must not be made from strings
 * (`--disallow-code-generation-from-strings`) it answers false throughout, and zod does the work.
 */
export function compileGuard(schema: Core): Guard {
  const compiler = new Compiler();
  const body = compiler.check(schema, 'v', 0);
  try {
    const make: unknown = new Function('parts', `'use strict'; return function guard(v) { ${body} return true; };`)(
      compiler.parts,
    );
    if (isGuard(make)) return make;
  } catch {
    // code from strings is forbidden here
  }
  return () => false;
}

const isGuard = (value: unknown): value is Guard => typeof value === 'function';

const FAIL = 'return false;';

class Compiler {
  /** What the code refers to: sets of enum members, and schemas that zod checks itself. */
  readonly parts: unknown[] = [];

  /** Statements that return false unless the expression `v` fits. */
  check(schema: Core, v: string, depth: number): string {
    const { def } = schema._zod;
    const checks = checksOf(def);
    if (checks !== undefined) {
      switch (def.type) {
        case 'unknown':
          return '';
        case 'boolean':
          if (checks.length === 0) return `if (typeof ${v} !== 'boolean') ${FAIL}`;
          break;
        case 'string':
          return (
            this.bounded(`if (typeof ${v} !== 'string') ${FAIL}`, checks, v, STRING_CHECKS) ?? this.leave(schema, v)
          );
        case 'number':
          return this.number(def, checks, v) ?? this.leave(schema, v);
        case 'optional':
          return this.optional(def, v, depth) ?? this.leave(schema, v);
        case 'enum':
          return this.members(def, v) ?? this.leave(schema, v);
        case 'array':
          return (checks.length === 0 ? this.array(def, v, depth) : undefined) ?? this.leave(schema, v);
        case 'object':
          return (checks.length === 0 ? this.object(def, v, depth) : undefined) ?? this.leave(schema, v);
        default:
          break;
      }
    }
    return this.leave(schema, v);
  }

  private part(value: unknown): string {
    return `parts[${this.parts.push(value) - 1}]`;
  }

  /** Leaves a part to zod. */
  private leave(schema: Core, v: string): string {
    const asks: Guard = (value) => {
      const result = schema._zod.run({ value, issues: [] }, { async: false });
      return !(result instanceof Promise) && result.issues.length === 0;
    };
    return `if (!${this.part(asks)}(${v})) ${FAIL}`;
  }

  private bounded(type: string, checks: readonly CheckDef[], v: string, known: Checks): string | undefined {
    let code = type;
    for (const check of checks) {
      const condition = known[check.check]?.(v, check);
      if (condition === undefined) return undefined;
      code += `if (!(${condition})) ${FAIL}`;
    }
    return code;
  }

  private number(def: object, checks: readonly CheckDef[], v: string): string | undefined {
    const format: unknown = Reflect.get(def, 'format');
    if (format !== undefined && format !== 'safeint') return undefined;
    const integer = format === 'safeint' ? `if (!Number.isSafeInteger(${v})) ${FAIL}` : '';
    // v - v is NaN for NaN and the infinities, which zod refuses as well
    return this.bounded(
      `if (typeof ${v} !== 'number' || ${v} - ${v} !== 0) ${FAIL}${integer}`,
      checks,
      v,
      NUMBER_CHECKS,
    );
  }

  private optional(def: object, v: string, depth: number): string | undefined {
    const inner: unknown = Reflect.get(def, 'innerType');
    return isCore(inner) ? `if (${v} !== undefined) { ${this.check(inner, v, depth)} }` : undefined;
  }

  private members(def: object, v: string): string | undefined {
    const entries: unknown = Reflect.get(def, 'entries');
    if (typeof entries !== 'object' || entries === null) return undefined;
    const members = Object.values(entries);
    if (!members.every((member) => typeof member === 'string')) return undefined;
    return `if (${members.map((member) => `${v} !== ${JSON.stringify(member)}`).join(' && ')}) ${FAIL}`;
  }

  private array(def: object, v: string, depth: number): string | undefined {
    const element: unknown = Reflect.get(def, 'element');
    if (!isCore(element)) return undefined;
    const [k, one] = [`k${depth}`, `e${depth}`];
    const each = this.check(element, one, depth + 1);
    return `if (!Array.isArray(${v})) ${FAIL} for (let ${k} = 0; ${k} < ${v}.length; ${k}++) { const ${one} = ${v}[${k}]; ${each} }`;
  }

  /** A strict object: each known property fits, and there are no others. */
  private object(def: object, v: string, depth: number): string | undefined {
    const shape: unknown = Reflect.get(def, 'shape');
    const catchall: unknown = Reflect.get(def, 'catchall');
    const strict = isCore(catchall) && catchall._zod.def.type === 'never';
    if (!strict || typeof shape !== 'object' || shape === null) return undefined;
    const count = `n${depth}`;
    let code = `if (typeof ${v} !== 'object' || ${v} === null || Array.isArray(${v})) ${FAIL} let ${count} = 0;`;
    for (const [key, field] of Object.entries(shape)) {
      if (!isCore(field)) return undefined;
      const value = `f${depth}_${key}`;
      if (!/^\w+$/.test(key)) return undefined;
      code += `const ${value} = ${v}.${key}; if (${value} !== undefined) ${count}++; ${this.check(field, value, depth + 1)}`;
    }
    const names = new Set(Object.keys(shape));
    // more properties than are defined: fine when the others are known ones set to undefined, which is seldom looked into
    const named: Guard = (value) => typeof value === 'object' && value !== null && allIn(value, names);
    return `${code} for (const key${depth} in ${v}) ${count}--; if (${count} !== 0 && !${this.part(named)}(${v})) ${FAIL}`;
  }
}

function allIn(value: object, names: ReadonlySet<string>): boolean {
  for (const key in value) if (!names.has(key)) return false;
  return true;
}

interface CheckDef {
  readonly check: string;
}

type Checks = Readonly<Record<string, (v: string, check: CheckDef) => string | undefined>>;

const numeric = (check: CheckDef, key: string): number | undefined => {
  const value: unknown = Reflect.get(check, key);
  return typeof value === 'number' ? value : undefined;
};

const compared = (v: string, operator: string, value: number | undefined): string | undefined =>
  value === undefined ? undefined : `${v} ${operator} ${value}`;

const orEqual = (check: CheckDef): string => (Reflect.get(check, 'inclusive') === true ? '=' : '');

const STRING_CHECKS: Checks = {
  min_length: (v, check) => compared(`${v}.length`, '>=', numeric(check, 'minimum')),
  max_length: (v, check) => compared(`${v}.length`, '<=', numeric(check, 'maximum')),
};

const NUMBER_CHECKS: Checks = {
  greater_than: (v, check) => compared(v, `>${orEqual(check)}`, numeric(check, 'value')),
  less_than: (v, check) => compared(v, `<${orEqual(check)}`, numeric(check, 'value')),
};

/** The checks of a schema; undefined when one of them is not described. */
function checksOf(def: object): readonly CheckDef[] | undefined {
  const checks: unknown = Reflect.get(def, 'checks') ?? [];
  if (!Array.isArray(checks)) return undefined;
  const found: CheckDef[] = [];
  for (const check of checks) {
    const inner: unknown = check?._zod?.def;
    if (typeof inner !== 'object' || inner === null || !('check' in inner) || typeof inner.check !== 'string')
      return undefined;
    found.push({ ...inner, check: inner.check });
  }
  return found;
}

const isCore = (value: unknown): value is Core => typeof value === 'object' && value !== null && '_zod' in value;
