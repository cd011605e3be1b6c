/** What an entry carries for the wheel: links inside the entry save an allocation for each scheduling. */
export interface TimerNode<T> {
  /** The tick within its era at which it fires. The wheel's; start with 0. */
  wheelTick: number;
  wheelNext: T | null;
  wheelPrev: T | null;
  /** −1 while not scheduled, which is also what it has to start with. */
  wheelSlot: number;
}
