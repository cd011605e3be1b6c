import type { BotView } from './bot-view.ts';
import { Repainter, wantsColour } from './paint.ts';
import { renderLine, renderTable } from './table.ts';

/** The part of a terminal's or a file's stream that is used. */
export interface Output {
  readonly isTTY?: boolean;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
}

export interface Screen {
  /** How often there should be something new to show; milliseconds. */
  readonly everyMs: number;
  show(view: BotView): void;
  /** Gives the terminal back as it was. Safe to call twice. */
  close(): void;
}

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
/** A line that is wider than the terminal is cut: one that wrapped would take two rows, and the repaint counts rows. */
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';
const CLEAR = '\u001b[2J\u001b[H';

/** A table that is painted in place on a terminal; anywhere else, and on a `dumb` one, a line a second. */
export const createScreen = (output: Output, env: Readonly<Record<string, string | undefined>>): Screen =>
  output.isTTY === true && env.TERM !== 'dumb' ? new Table(output, wantsColour(true, env)) : new Lines(output);

class Lines implements Screen {
  readonly everyMs = 1000;
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  show(view: BotView): void {
    this.#output.write(`${renderLine(view)}\n`);
  }

  close(): void {}
}

class Table implements Screen {
  readonly everyMs = 250;
  readonly #output: Output;
  readonly #colour: boolean;
  readonly #repainter = new Repainter();
  #open = false;
  /** The terminal has changed its size: where the last frame stands is anybody's guess. */
  #lost = false;

  constructor(output: Output, colour: boolean) {
    this.#output = output;
    this.#colour = colour;
    output.on('resize', () => {
      this.#lost = true;
    });
  }

  show(view: BotView): void {
    const begin = this.#open ? '' : HIDE_CURSOR + NO_WRAP;
    const clear = this.#lost ? CLEAR : '';
    if (this.#lost) this.#repainter.forget();
    this.#open = true;
    this.#lost = false;
    // the line below the frame is the cursor's
    const frame = renderTable(view, this.#colour).slice(0, Math.max(1, (this.#output.rows ?? 24) - 1));
    this.#output.write(begin + clear + this.#repainter.next(frame));
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#repainter.forget();
    this.#output.write(SHOW_CURSOR + WRAP);
  }
}
