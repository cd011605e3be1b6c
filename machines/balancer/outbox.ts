/** Something that runs once the present transition has returned: user code, or what may call back in. */
export interface Effect {
  /** What it returns does not count, unless it is a promise that is rejected. */
  run(): unknown;
}

const NOTHING: Effect = { run() {} };
/** Places that are kept for the next turn: 32 kB. */
const KEPT = 4_096;

/** Effects that wait for their turn. Its places are used again: a list of each turn's own would be 200 B a turn. */
export class Outbox {
  readonly effects: Effect[] = [];
  count = 0;

  add(effect: Effect): void {
    this.effects[this.count++] = effect;
  }

  /** Lets go of what it held, and of the places that a flood has made. */
  empty(): void {
    const { effects } = this;
    if (effects.length > KEPT) effects.length = KEPT;
    for (let k = Math.min(this.count, effects.length) - 1; k >= 0; k--) effects[k] = NOTHING;
    this.count = 0;
  }
}
