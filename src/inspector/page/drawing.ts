import type { ChartEdge } from '../statechart.ts';

/** What an arrow says, from its edges. */
export type Say = (edges: readonly ChartEdge[]) => string;

/** A state on the drawing. */
export interface Box {
  readonly path: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  /** `region`: one of several that are active at the same time; its name stands at its left. */
  readonly kind: 'state' | 'group' | 'region';
}

/** An arrow on the drawing, with what it says. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly d: string;
  readonly labelX: number;
  readonly labelY: number;
  readonly label: string;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  /** States that are passed through at once, and so are not drawn. */
  readonly passing: readonly string[];
}

export const boxAt = (path: string, x: number, y: number, w: number, h: number, kind: Box['kind'] = 'state'): Box => ({
  path,
  label: path.split('.').at(-1) ?? path,
  x,
  y,
  w,
  h,
  kind,
});

/** Room that a letter of a label takes. */
export const LETTER_W = 6.3;
