/** A public entry of the package. */
export interface Entry {
  /** As it is imported, which becomes the title of its page. */
  readonly name: string;
  /** Absolute path of its source. */
  readonly path: string;
}

/**
 * Writes a page of Markdown for each entry, and one that lists them.
 * @param options.entries in the order of the list.
 * @param options.tsconfig absolute path of the project's compiler options.
 * @param options.out folder for the pages; what it holds is deleted.
 * @returns what typedoc warns of: types that are mentioned but not exported, links to what is not there.
 */
export function writeReference(options: {
  readonly entries: readonly Entry[];
  readonly tsconfig: string;
  readonly out: string;
}): Promise<string[]>;
