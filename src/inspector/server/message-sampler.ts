import type { InspectionEvent } from 'xstate';
import type { Inspectable } from '../../load-balancer/inspectable.ts';
import type { Message, Messages } from '../protocol.ts';
import type { ActorDirectory } from './actor-directory.ts';
import { redact, type VisibleFields } from './redaction.ts';

/**
 * Messages observed per frame before the observer lets go until the next frame. While it is attached every event of the
 * system costs 3 to 5 µs, so 4 × 250 a second cost half a percent of a core; a quiet system is heard completely.
 */
const MAX_SEEN = 250;
/**
 * Messages kept per frame, and of one type: what is rare must not drown in what is common. Of what is common every second,
 * fourth, eighth… is kept, so that it is seen from all of the frame rather than from its beginning.
 */
const MAX_KEPT = 60;
const MAX_OF_TYPE = 12;

/** Listens to the messages between the actors, only while told to, and only so much per frame. */
export class MessageSampler {
  private readonly balancer: Inspectable;
  private readonly cast: ActorDirectory;
  private readonly now: () => number;
  private readonly reveal: VisibleFields;
  private wanted = false;
  private detach: (() => void) | undefined;
  private attachedAt = 0;
  private openedAt = 0;
  private listened = 0;
  private total = 0;
  private readonly heard = new Map<string, Heard>();

  constructor(balancer: Inspectable, cast: ActorDirectory, now: () => number, reveal: VisibleFields) {
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
    const messages: Messages = { ...summed(this.heard), observed: span > 0 ? Math.min(1, listened / span) : 1 };
    this.clear();
    if (!this.attached) this.attach();
    return messages;
  }

  private clear(): void {
    const t = this.now();
    this.heard.clear();
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
    const endOverhearing = this.balancer.observeMessages();
    this.detach = () => {
      subscription.unsubscribe();
      endOverhearing();
    };
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
    let heard = this.heard.get(type);
    if (heard === undefined) {
      heard = { seen: 0, every: 1, kept: [] };
      this.heard.set(type, heard);
    }
    if (heard.seen++ % heard.every === 0) {
      const fields = redact(event.event, this.reveal.event);
      const message = {
        at: this.now(),
        type,
        from: cast.sourceOf(sourceRef, actorRef),
        to: cast.keyOf(actorRef),
        ...(fields === undefined ? {} : { shown: fields }),
      };
      heard.kept.push({ order: this.total, message });
      if (heard.kept.length > MAX_OF_TYPE) thin(heard);
    }
    if (++this.total >= MAX_SEEN) this.release();
  }
}

/** What was heard of one type since the last frame. */
interface Heard {
  seen: number;
  /** Every so many-th is kept. */
  every: number;
  kept: { readonly order: number; readonly message: Message }[];
}

function thin(heard: Heard): void {
  heard.kept = heard.kept.filter((_, k) => k % 2 === 0);
  heard.every *= 2;
}

function summed(all: ReadonlyMap<string, Heard>): Omit<Messages, 'observed'> {
  const lists = [...all.values()];
  const kept = (): number => lists.reduce((sum, one) => sum + one.kept.length, 0);
  while (kept() > MAX_KEPT) {
    const longest = lists.reduce((a, b) => (b.kept.length > a.kept.length ? b : a));
    if (longest.kept.length <= 1) break;
    thin(longest);
  }
  const seen: Record<string, number> = {};
  const dropped: Record<string, number> = {};
  for (const [type, one] of all) {
    seen[type] = one.seen;
    if (one.seen > one.kept.length) dropped[type] = one.seen - one.kept.length;
  }
  const inOrder = lists.flatMap((one) => one.kept).sort((a, b) => a.order - b.order);
  return { kept: inOrder.map(({ message }) => message), seen, dropped };
}
