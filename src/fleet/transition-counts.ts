import { COMPONENT_STATUSES, type ComponentStatus } from '../domain/component.ts';

const WIDTH = COMPONENT_STATUSES.length;

/** How often components went from one status to another. */
export class TransitionCounts {
  private readonly counts = new Float64Array(WIDTH * WIDTH);

  add(from: ComponentStatus, to: ComponentStatus): void {
    this.counts[COMPONENT_STATUSES.indexOf(from) * WIDTH + COMPONENT_STATUSES.indexOf(to)]!++;
  }

  /** Of every pair, also of those that have not happened yet: a counter that is not there cannot be seen to grow. */
  read(): { from: ComponentStatus; to: ComponentStatus; count: number }[] {
    return COMPONENT_STATUSES.flatMap((from, i) =>
      COMPONENT_STATUSES.flatMap((to, j) => {
        const count = this.counts[i * WIDTH + j]!;
        return i === j ? [] : [{ from, to, count }];
      }),
    );
  }
}
