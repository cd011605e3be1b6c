import process from 'node:process';

const CLEAR = '\r\u001b[K';
/** A bar appears when a run takes longer than this, and is drawn anew so often, ms. */
const PATIENCE_MS = 300;
const EVERY_MS = 100;
const WIDTH = 30;

/** Shows how far a long run is, where somebody watches: on the standard error, when that is a terminal. */
export class ProgressBar {
  private readonly total: number;
  private readonly wanted: boolean;
  private readonly started = performance.now();
  private due: number;
  private shown = false;

  /** @param total runs. */
  constructor(total: number, quiet: boolean) {
    this.total = total;
    this.wanted = !quiet && process.stderr.isTTY;
    this.due = this.started + PATIENCE_MS;
  }

  /** @param done runs, in fractions. */
  show(done: number): void {
    const now = performance.now();
    if (!this.wanted || now < this.due) return;
    this.due = now + EVERY_MS;
    this.shown = true;
    const share = Math.min(1, done / this.total);
    const filled = Math.round(share * WIDTH);
    const left = ((now - this.started) / 1000) * (1 / Math.max(share, 1e-3) - 1);
    const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
    const rest = share < 0.02 ? '' : `, ${Math.ceil(left)} s left`;
    process.stderr.write(
      `${CLEAR}${bar} ${String(Math.floor(share * 100)).padStart(3)} %  run ${Math.min(this.total, Math.floor(done) + 1)} of ${this.total}${rest}`,
    );
  }

  clear(): void {
    if (this.shown) process.stderr.write(CLEAR);
    this.shown = false;
  }
}
