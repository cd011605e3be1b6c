import type { Comment, TSInterfaceDeclaration, TSPropertySignature } from 'oxc-parser';
import { parseSync, Visitor } from 'oxc-parser';
import type { SourceFile } from './source-tree.ts';

/** A member of an interface, as its source has it. */
export interface Member {
  readonly path: string;
  readonly optional: boolean;
  /** A group of others, which say for themselves what holds without them. */
  readonly group: boolean;
  /** Empty when it has no docstring. */
  readonly docstring: string;
  /** Its type, as it is written. */
  readonly type: string;
}

const nameOf = ({ key }: TSPropertySignature): string => (key.type === 'Identifier' ? key.name : '?');

/** The docstring that ends where a node begins, but for white space. */
function docstringAt(text: string, start: number, comments: readonly Comment[]): string {
  const comment = comments.find(({ end }) => end <= start && text.slice(end, start).trim() === '');
  return comment?.type === 'Block' && comment.value.startsWith('*') ? comment.value.replace(/^\s*\* ?|^\*/gm, '') : '';
}

/** The members of the interfaces of those names, and the members of their members. */
export function membersOf({ path, text }: SourceFile, names: readonly string[]): Member[] {
  const { program, comments } = parseSync(path, text);
  const found: Member[] = [];
  const interfaces: TSInterfaceDeclaration[] = [];
  new Visitor({ TSInterfaceDeclaration: (node) => void interfaces.push(node) }).visit(program);
  for (const declaration of interfaces.filter(({ id }) => names.includes(id.name))) {
    const within: { readonly path: string; readonly end: number }[] = [];
    new Visitor({
      TSPropertySignature(node) {
        while (within.length > 0 && within.at(-1)!.end < node.start) within.pop();
        const name = `${within.at(-1)?.path ?? declaration.id.name}.${nameOf(node)}`;
        within.push({ path: name, end: node.end });
        found.push({
          path: name,
          optional: node.optional,
          group: text.slice(node.start, node.end).includes('{'),
          docstring: docstringAt(text, node.start, comments),
          type:
            node.typeAnnotation == null
              ? ''
              : text.slice(node.typeAnnotation.start + 1, node.typeAnnotation.end).trim(),
        });
      },
    }).visit({ type: 'Program', body: [declaration], sourceType: 'module', hashbang: null, start: 0, end: 0 });
  }
  return found;
}
