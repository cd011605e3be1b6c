import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Expression, Program, Super } from 'oxc-parser';
import { parseSync, Visitor } from 'oxc-parser';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface SourceFile {
  /** Relative to the top, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Edge {
  readonly from: string;
  /** A path relative to the top for a relative import, else the package name or `node:` module. */
  readonly to: string;
  readonly external: boolean;
  readonly typeOnly: boolean;
}

export function sourceFiles(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
      .filter((path) => path.endsWith('.ts'))
      .sort()
      .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
  );
}

export function edgesOf({ path, text }: SourceFile): Edge[] {
  const { module, program } = parse(path, text);
  const edges = new Map<string, Edge>();
  const add = (specifier: string, typeOnly: boolean): void => {
    const external = !specifier.startsWith('.');
    const to = external ? packageOf(specifier) : posix.join(posix.dirname(path), specifier);
    const known = edges.get(to);
    edges.set(to, { from: path, to, external, typeOnly: typeOnly && (known?.typeOnly ?? true) });
  };

  for (const { moduleRequest, entries } of module.staticImports) {
    add(moduleRequest.value, entries.length > 0 && entries.every((entry) => entry.isType));
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries) if (moduleRequest) add(moduleRequest.value, isType);
  }
  new Visitor({
    ImportExpression: ({ source }) => {
      if (source.type !== 'Literal' || typeof source.value !== 'string') {
        throw new Error(`${path}: import() of an expression hides a dependency`);
      }
      add(source.value, false);
    },
    TSImportType: ({ source }) => add(source.value, true),
  }).visit(program);
  return [...edges.values()];
}

/**
 * The names a file uses, with their lines: `Date.now` for a member that is read (a function that is handed on is as ambient
 * as one that is called), `setTimeout()` for a bare call, `new Date()` for a construction without arguments, `new Date(…)` for one with some.
 */
export function usesOf({ path, text }: SourceFile): { readonly name: string; readonly line: number }[] {
  const uses: { readonly name: string; readonly line: number }[] = [];
  const add = (name: string, offset: number): void => {
    uses.push({
      name,
      // few are asked for
      get line() {
        return text.slice(0, offset).split('\n').length;
      },
    });
  };
  new Visitor({
    MemberExpression: (node) => add(dotted(node), node.start),
    CallExpression: ({ callee, start }) => {
      if (callee.type === 'Identifier') add(`${callee.name}()`, start);
    },
    NewExpression: ({ callee, arguments: args, start }) => {
      add(`new ${dotted(callee)}(${args.length === 0 ? '' : '…'})`, start);
    },
  }).visit(parse(path, text).program);
  return uses;
}

export function parse(
  path: string,
  text: string,
): { program: Program; module: ReturnType<typeof parseSync>['module'] } {
  const { program, module, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`);
  return { program, module };
}

function dotted(node: Expression | Super): string {
  switch (node.type) {
    case 'Identifier':
      return node.name;
    case 'ThisExpression':
      return 'this';
    case 'MemberExpression':
      return `${dotted(node.object)}${node.computed ? '[]' : `.${'name' in node.property ? node.property.name : '?'}`}`;
    case 'ChainExpression':
      return dotted(node.expression);
    default:
      return '?';
  }
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
