import type { ComponentStatus } from '../../domain/component.ts';

/** A status is told by a glyph and a word; its colour only repeats them. */
export const GLYPHS: Readonly<Record<ComponentStatus, string>> = {
  Available: '●',
  Busy: '◐',
  Overloaded: '▲',
  Maintenance: '◆',
  Failed: '✕',
};

/** Worst first. */
export const STATUSES: readonly ComponentStatus[] = ['Failed', 'Overloaded', 'Maintenance', 'Busy', 'Available'];

export const classOf = (status: ComponentStatus): string => `s-${status.toLowerCase()}`;
