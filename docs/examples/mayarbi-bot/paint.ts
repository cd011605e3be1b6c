/** Puts an attribute around a text. */
export type Paint = (text: string) => string;

export interface Palette {
  readonly good: Paint;
  readonly warn: Paint;
  readonly bad: Paint;
  readonly dim: Paint;
  readonly bold: Paint;
}

const sgr =
  (code: number, off: number): Paint =>
  (text) =>
    `\u001b[${code}m${text}\u001b[${off}m`;
const plain: Paint = (text) => text;

/** The 16 colours every terminal has, or none. */
export const palette = (colour: boolean): Palette =>
  colour
    ? { good: sgr(32, 39), warn: sgr(33, 39), bad: sgr(31, 39), dim: sgr(2, 22), bold: sgr(1, 22) }
    : { good: plain, warn: plain, bad: plain, dim: plain, bold: plain };

/**
 * Whether to use colour: on a terminal, unless NO_COLOR is set to anything but nothing (no-color.org) or the terminal is
 * `dumb`.
 */
export const wantsColour = (isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean =>
  isTerminal && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';

/** What turns the frame that stands on a terminal into the next one, in place and without flicker. */
export class Repainter {
  #lines = 0;

  /** The text to write: to the top of the last frame, each line anew, and whatever is left below it cleared. */
  next(frame: readonly string[]): string {
    const up = this.#lines > 0 ? `\u001b[${this.#lines}A\r` : '';
    this.#lines = frame.length;
    return `${up}${frame.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`;
  }

  /** The next frame goes below this one, since something else has been written. */
  forget(): void {
    this.#lines = 0;
  }
}
