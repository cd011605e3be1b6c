import { RequestAborted } from '../engine/messages.ts';
import { safeProperty } from '../lib/unknown-error.ts';
import type { Cancellation, Job } from '../requests/job.ts';
import type { ActorClient } from './actor-client.ts';
import { AbortListener } from './shared-signal.ts';

/** A request that a signal cancels. */
export class AbortableRequest extends AbortListener implements Cancellation {
  /** Null before the request has been read, and after its end. */
  job: Job | null = null;
  private readonly client: ActorClient;
  private isOver = false;
  private signal: AbortSignal | undefined = undefined;

  constructor(client: ActorClient) {
    super();
    this.client = client;
  }

  /** Once it has been submitted, so that what was submitted first is cancelled first. */
  follow(signal: AbortSignal): void {
    if (this.isOver) return;
    this.signal = signal;
    if (signal.aborted) this.onAbort();
    else this.listen(signal);
  }

  onAbort(): void {
    if (this.isOver || !this.client.isLive) return;
    const { job, client, signal } = this;
    const requestId = job === null ? '' : client.engine.requests.jobs.idOf(job);
    client.send(new RequestAborted(requestId, this, safeProperty(signal, 'reason')));
  }

  settled(): void {
    this.job = null;
    this.isOver = true;
    this.ignore();
  }

  /** What JSON shows of it, as when somebody prints the message that it is part of: its links lead to the whole balancer. */
  toJSON(): { readonly isOver: boolean } {
    return { isOver: this.isOver };
  }
}
