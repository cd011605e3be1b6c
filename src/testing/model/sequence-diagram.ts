/** One line of what happened: who said what to whom. */
interface Line {
  readonly from: string;
  readonly to: string;
  readonly what: string;
}

/** Lines of a diagram: more of them nobody can read, and the last ones matter. */
const MAX_LINES = 60;

/** What happened along a path, for a Mermaid sequence diagram. */
export class SequenceDiagram {
  private readonly lines: Line[] = [];

  tell(from: string, to: string, what: string): void {
    this.lines.push({ from, to, what });
  }

  /** A headline across the diagram. */
  note(what: string): void {
    this.lines.push({ from: '', to: '', what });
  }

  toMermaid(): string {
    const shown = this.lines.slice(-MAX_LINES);
    const names = [...new Set(shown.flatMap(({ from, to }) => [from, to]))].filter((name) => name !== '');
    const left = this.lines.length - shown.length;
    const all = left > 0 ? [{ from: '', to: '', what: `${left} earlier lines are left out` }, ...shown] : shown;
    const over = names.length > 1 ? `${alias(names[0])},${alias(names.at(-1))}` : alias(names[0]);
    return [
      'sequenceDiagram',
      ...names.map((name) => `  participant ${alias(name)} as ${clean(name)}`),
      ...all.map(({ from, to, what }) =>
        from === '' ? `  Note over ${over}: ${clean(what)}` : `  ${alias(from)}->>${alias(to)}: ${clean(what)}`,
      ),
    ].join('\n');
  }
}

const alias = (name = 'nobody'): string => name.replaceAll(/\W/g, '_');
/** Mermaid ends a statement at these. */
const clean = (text: string): string => text.replaceAll(/[;#\n]/g, ' ');
