import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import type { Directive, Expression, Statement, TSTypeName } from 'oxc-parser';
import { parseSync, Visitor } from 'oxc-parser';

/** One top-level declaration of an emitted .d.ts file. */
interface Declaration {
  readonly text: string;
  readonly references: readonly Reference[];
}

/** A name that a declaration mentions; `from` is set when it does so as `import('from').name`. */
interface Reference {
  readonly name: string;
  readonly from?: string;
}

interface Module {
  readonly declarations: ReadonlyMap<string, readonly Declaration[]>;
  readonly imports: ReadonlyMap<string, { readonly from: string; readonly name: string }>;
  readonly exports: ReadonlyMap<string, { readonly from?: string; readonly name: string }>;
  readonly stars: readonly string[];
}

interface ApiSymbol {
  readonly file: string;
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

const packagePrefix = 'package ';
const isPackage = (file: string): boolean => file.startsWith(packagePrefix);

/** What an entry point exports, and what its declarations mention without exporting it, as text. */
export class DeclarationReader {
  readonly #modules = new Map<string, Module>();

  describe(title: string, entry: string): string {
    const exported = this.#exportsOf(entry);
    const shown = new Set([...exported.values()].map(keyOf));
    const reached = new Map<string, ApiSymbol>();
    const queue = [...exported.values()];
    for (let symbol = queue.shift(); symbol; symbol = queue.shift()) {
      for (const reference of symbol.declarations.flatMap(({ references }) => references)) {
        const target = this.#resolveReference(symbol.file, reference);
        if (!target || isPackage(target.file) || shown.has(keyOf(target))) continue;
        shown.add(keyOf(target));
        reached.set(keyOf(target), target);
        queue.push(target);
      }
    }
    const hidden = [...reached.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return [
      `# ${title}`,
      'Written by `npm run api:update`. A change here is a change that users see.',
      `## Exported (${exported.size})`,
      ...[...exported].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, symbol]) => print(name, symbol)),
      ...(hidden.length > 0 ? [`## Mentioned, not exported (${hidden.length})`] : []),
      ...hidden.map((symbol) => print(symbol.name, symbol)),
      '',
    ].join('\n\n');
  }

  #exportsOf(file: string): Map<string, ApiSymbol> {
    const module = this.#load(file);
    const found = new Map<string, ApiSymbol>();
    for (const star of module.stars) for (const [name, symbol] of this.#exportsOf(star)) found.set(name, symbol);
    for (const name of module.exports.keys()) {
      const symbol = this.#resolveExport(file, name);
      if (!symbol) throw new Error(`${file} exports ${name}, which is declared nowhere`);
      found.set(name, symbol);
    }
    return found;
  }

  #resolveExport(file: string, name: string): ApiSymbol | undefined {
    if (isPackage(file)) return { file, name, declarations: [] };
    const module = this.#load(file);
    const target = module.exports.get(name);
    if (target) return target.from ? this.#resolveExport(target.from, target.name) : this.#resolve(file, target.name);
    for (const star of module.stars) {
      const symbol = this.#resolveExport(star, name);
      if (symbol) return symbol;
    }
    return undefined;
  }

  #resolve(file: string, name: string): ApiSymbol | undefined {
    const module = this.#load(file);
    const declarations = module.declarations.get(name);
    if (declarations) return { file, name, declarations };
    const imported = module.imports.get(name);
    return imported && this.#resolveExport(imported.from, imported.name);
  }

  #resolveReference(file: string, { name, from }: Reference): ApiSymbol | undefined {
    return from ? this.#resolveExport(from, name) : this.#resolve(file, name);
  }

  #load(file: string): Module {
    let module = this.#modules.get(file);
    if (!module) {
      module = read(file);
      this.#modules.set(file, module);
    }
    return module;
  }
}

function read(file: string): Module {
  const text = readFileSync(file, 'utf8');
  const { program, comments, module, errors } = parseSync(file, text, { lang: 'dts' });
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`);
  const locate = (specifier: string): string =>
    specifier.startsWith('.')
      ? posix.join(posix.dirname(file), specifier.replace(/\.[jt]s$/, '.d.ts'))
      : `${packagePrefix}${specifier}`;

  const declarations = new Map<string, Declaration[]>();
  for (const statement of program.body) {
    for (const name of declaredNames(statement)) {
      const declaration = { text: bare(text, statement, comments), references: referencesOf(statement, locate) };
      declarations.set(name, [...(declarations.get(name) ?? []), declaration]);
    }
  }

  const imports = new Map<string, { from: string; name: string }>();
  for (const { moduleRequest, entries } of module.staticImports) {
    for (const { importName, localName } of entries) {
      imports.set(localName.value, { from: locate(moduleRequest.value), name: importName.name ?? 'default' });
    }
  }

  const exports = new Map<string, { from?: string; name: string }>();
  const stars: string[] = [];
  for (const { moduleRequest, importName, localName, exportName } of module.staticExports.flatMap((e) => e.entries)) {
    if (moduleRequest && exportName.name === null) stars.push(locate(moduleRequest.value));
    else if (moduleRequest) {
      exports.set(exportName.name ?? 'default', { from: locate(moduleRequest.value), name: importName.name ?? '*' });
    } else exports.set(exportName.name ?? 'default', { name: localName.name ?? 'default' });
  }
  return { declarations, imports, exports, stars };
}

function declaredNames(statement: Statement | Directive): string[] {
  const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
  switch (declaration?.type) {
    case 'VariableDeclaration':
      return declaration.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []));
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
    case 'ClassDeclaration':
      return declaration.id ? [declaration.id.name] : [];
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
    case 'TSEnumDeclaration':
      return [declaration.id.name];
    default:
      return [];
  }
}

function referencesOf(statement: Statement | Directive, locate: (specifier: string) => string): Reference[] {
  const references: Reference[] = [];
  const add = (node: TSTypeName | Expression | null): void => {
    if (node?.type === 'Identifier') references.push({ name: node.name });
    else if (node?.type === 'TSQualifiedName') add(node.left);
  };
  new Visitor({
    TSTypeReference: ({ typeName }) => add(typeName),
    TSTypeQuery: ({ exprName }) => {
      if (exprName.type !== 'TSImportType') add(exprName);
    },
    TSInterfaceHeritage: ({ expression }) => add(expression),
    TSClassImplements: ({ expression }) => add(expression),
    ClassDeclaration: ({ superClass }) => add(superClass),
    TSImportType: ({ source, qualifier }) => {
      if (qualifier?.type === 'Identifier') references.push({ name: qualifier.name, from: locate(source.value) });
    },
  }).visit({
    type: 'Program',
    body: [statement],
    sourceType: 'module',
    hashbang: null,
    start: 0,
    end: 0,
  });
  return references;
}

/** The statement without comments, private members and the keywords that each of them carries. */
function bare(
  text: string,
  { start, end }: { start: number; end: number },
  comments: readonly { start: number; end: number }[],
): string {
  let result = '';
  let from = start;
  for (const comment of comments) {
    if (comment.start < start || comment.end > end) continue;
    result += text.slice(from, comment.start);
    from = comment.end;
  }
  return (result + text.slice(from, end))
    .replace(/^(export )?(declare )?/, '')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !/^\s+(#private|private .*);$/.test(line))
    .join('\n');
}

function print(name: string, symbol: ApiSymbol): string {
  const lines = isPackage(symbol.file)
    ? [`// ${name} of ${symbol.file}`]
    : [...(symbol.name === name ? [] : [`// exported as ${name}`]), ...symbol.declarations.map(({ text }) => text)];
  return ['```ts', ...lines, '```'].join('\n');
}

function keyOf({ file, name }: ApiSymbol): string {
  return `${file}#${name}`;
}
