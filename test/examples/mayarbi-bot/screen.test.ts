import { describe, expect, it } from 'vitest';
import { createScreen, type Output } from '../../../docs/examples/mayarbi-bot/screen.ts';
import { renderLine, renderTable } from '../../../docs/examples/mayarbi-bot/table.ts';
import { view } from './view.ts';

class Terminal implements Output {
  readonly isTTY: boolean;
  rows = 40;
  written = '';
  #resized: () => void = () => undefined;

  constructor(isTTY = true) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.written += text;
  }

  on(_event: 'resize', listener: () => void): void {
    this.#resized = listener;
  }

  resize(rows: number): void {
    this.rows = rows;
    this.#resized();
  }

  take(): string {
    const text = this.written;
    this.written = '';
    return text;
  }
}

const ESC = '\u001b';

describe('screen', () => {
  it('writes a line a second where nothing can be repainted', () => {
    for (const [terminal, env] of [[new Terminal(false), {}] as const, [new Terminal(), { TERM: 'dumb' }] as const]) {
      const screen = createScreen(terminal, env);
      screen.show(view);
      screen.close();
      expect(screen.everyMs).toBe(1000);
      expect(terminal.written).toBe(`${renderLine(view)}\n`);
    }
  });

  it('paints a table in place, four times a second, and gives the terminal back', () => {
    const terminal = new Terminal();
    const screen = createScreen(terminal, { NO_COLOR: '1' });
    const table = renderTable(view);
    expect(screen.everyMs).toBe(250);
    screen.show(view);
    const first = terminal.take();
    expect(first.startsWith(`${ESC}[?25l${ESC}[?7l`)).toBe(true);
    for (const line of table) expect(first).toContain(line);
    screen.show(view);
    expect(terminal.take().startsWith(`${ESC}[${table.length}A\r`)).toBe(true);
    screen.close();
    screen.close();
    expect(terminal.take()).toBe(`${ESC}[?25h${ESC}[?7h`);
  });

  it('says nothing when it has shown nothing', () => {
    const terminal = new Terminal();
    createScreen(terminal, {}).close();
    expect(terminal.written).toBe('');
  });

  it('keeps to the rows there are, and begins anew after a resize', () => {
    const terminal = new Terminal();
    const screen = createScreen(terminal, {});
    screen.show(view);
    terminal.take();
    terminal.resize(6);
    screen.show(view);
    const frame = terminal.take();
    expect(frame.startsWith(`${ESC}[2J${ESC}[H`)).toBe(true);
    expect(frame.split('\n')).toHaveLength(6);
    screen.show(view);
    expect(terminal.take().startsWith(`${ESC}[5A\r`)).toBe(true);
  });
});
