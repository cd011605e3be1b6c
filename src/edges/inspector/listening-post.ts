import type { InspectionEvent } from 'xstate';
import type { Inspectable } from '../../runtime/inspectable.ts';
import type { Cast } from './actors.ts';
import type { Message, Messages } from './protocol.ts';
import { type Reveal, shown } from './reveal.ts';

/**
 * Messages observed per frame before the observer lets go until the next frame. While it is attached every event of the
 * system costs 3 to 5 µs, so 4 × 250 a second cost half a percent of a core; a quiet system is heard completely.
 */
const MOST_SEEN = 250;
/** Messages kept per frame, and of one type: what is rare must not drown in what is common. */
const MOST_KEPT = 60;
const MOST_OF_TYPE = 12;

/** Listens to the messages between the actors, only while told to, and only so much per frame. */
export class ListeningPost {
  private readonly balancer: Inspectable;
  private readonly cast: Cast;
  private readonly now: () => number;
  private readonly reveal: Reveal;
  private wanted = false;
  private detach: (() => void) | undefined;
  private attachedAt = 0;
  private openedAt = 0;
  private listened = 0;
  private total = 0;
  private kept: Message[] = [];
  private seen: Record<string, number> = {};
  private keptOf: Record<string, number> = {};

  constructor(balancer: Inspectable, cast: Cast, now: () => number, reveal: Reveal) {
    this.balancer = balancer;
    this.cast = cast;
    this.now = now;
    this.reveal = reveal;
  }

  get attached(): boolean {
    return this.detach !== undefined;
  }

  /** Begins or ends to listen. */
  want(wanted: boolean): void {
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    this.clear();
    if (wanted) this.attach();
    else this.release();
  }

  /** What was heard since the last call, and attaches again. */
  collect(): Messages | undefined {
    if (!this.wanted) return undefined;
    const t = this.now();
    const span = t - this.openedAt;
    const listened = this.listened + (this.attached ? t - this.attachedAt : 0);
    const dropped: Record<string, number> = {};
    for (const [type, count] of Object.entries(this.seen)) {
      const lost = count - (this.keptOf[type] ?? 0);
      if (lost > 0) dropped[type] = lost;
    }
    const heard: Messages = {
      kept: this.kept,
      seen: this.seen,
      dropped,
      observed: span > 0 ? Math.min(1, listened / span) : 1,
    };
    this.clear();
    if (!this.attached) this.attach();
    return heard;
  }

  private clear(): void {
    const t = this.now();
    this.kept = [];
    this.seen = {};
    this.keptOf = {};
    this.total = 0;
    this.listened = 0;
    this.openedAt = t;
    this.attachedAt = t;
  }

  private attach(): void {
    this.attachedAt = this.now();
    const subscription = this.balancer.actor.system.inspect({
      next: (event: InspectionEvent) => {
        try {
          this.hear(event);
        } catch {
          // an observer must not hurt what it observes: one that fails goes home
          this.release();
        }
      },
    });
    this.detach = () => subscription.unsubscribe();
  }

  /** Lets go. */
  private release(): void {
    if (this.detach === undefined) return;
    this.detach();
    this.detach = undefined;
    this.listened += this.now() - this.attachedAt;
  }

  private hear(event: InspectionEvent): void {
    if (event.type !== '@xstate.event') return;
    const { actorRef, sourceRef } = event;
    const { cast } = this;
    if (!cast.owns(actorRef) && (sourceRef === undefined || !cast.owns(sourceRef))) return;
    const { type } = event.event;
    this.seen[type] = (this.seen[type] ?? 0) + 1;
    const ofType = this.keptOf[type] ?? 0;
    if (this.kept.length < MOST_KEPT && ofType < MOST_OF_TYPE) {
      this.keptOf[type] = ofType + 1;
      const fields = shown(event.event, this.reveal.event);
      this.kept.push({
        at: this.now(),
        type,
        from: cast.sourceOf(sourceRef, actorRef),
        to: cast.keyOf(actorRef),
        ...(fields === undefined ? {} : { shown: fields }),
      });
    }
    if (++this.total >= MOST_SEEN) this.release();
  }
}
