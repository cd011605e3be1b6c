import type { Outcome } from '../../domain/outcome.ts';
import type { WorkloadRequest } from '../../domain/request.ts';
import type { Verdict } from './handler-gate.ts';
import type { TestSystem } from './test-system.ts';

/** A request that the kit has submitted. */
export interface Sent {
  readonly id: string;
  readonly idempotent: boolean;
  /** How it must end; undefined while it must not. */
  expected: Outcome | undefined;
  outcome: Outcome | undefined;
  error: unknown;
  /** How often its promise settled, and how often a fact told its end. */
  settlements: number;
  facts: number;
}

/** Longer than any path takes. */
const NEVER_MS = 2 ** 40;
/** How long a handler may wait on the clock, ms; and how many turns of the event loop it gets for what is real. */
const PATIENCE_MS = 1_000;
const PATIENCE_TURNS = 100_000;

const OUTCOME_OF: Readonly<Record<string, Outcome>> = {
  'request.completed': 'completed',
  'request.failed': 'failed',
  'request.timedOut': 'timedOut',
  'request.shed': 'shed',
  'request.rejected': 'rejected',
  'request.cancelled': 'cancelled',
};

/** What a user's requests look like, beside what the kit decides. */
export type RequestFor = (
  componentId: string,
  n: number,
) => Partial<Pick<WorkloadRequest, 'type' | 'payload' | 'metadata'>>;

/** The kit's own requests, and what became of each. */
export class Traffic {
  readonly all = new Map<string, Sent>();
  /** Those that have ended as they should. */
  readonly ended: Sent[] = [];
  private readonly sent = new Map<string, Sent>();
  /** Runs that began since the last look: who, where. */
  readonly begun: { readonly requestId: string; readonly componentId: string }[] = [];
  private readonly rig: TestSystem;
  private readonly subject: string;
  private readonly requestOf: (n: number) => Pick<WorkloadRequest, 'type' | 'payload' | 'metadata'>;
  private count = 0;

  constructor(
    system: TestSystem,
    subject: string,
    requestOf: (n: number) => Pick<WorkloadRequest, 'type' | 'payload' | 'metadata'>,
  ) {
    this.rig = system;
    this.subject = subject;
    this.requestOf = requestOf;
    for (const [componentId, post] of system.posts) {
      const { onStart } = post;
      post.onStart = (requestId, attempt) => {
        onStart(requestId, attempt);
        this.begun.push({ requestId, componentId });
      };
    }
    system.balancer.on('*', (fact) => {
      const outcome = OUTCOME_OF[fact.type];
      if (outcome === undefined || !('requestId' in fact)) return;
      const sent = this.sent.get(fact.requestId);
      if (sent === undefined) return;
      sent.facts++;
      sent.outcome = outcome;
      sent.error = 'error' in fact ? fact.error : undefined;
      system.diary.tell('balancer', 'submitter', `${sent.id} ${outcome}`);
    });
  }

  /** Submits a request that would rather go to the component under test. */
  send(idempotent: boolean, changes: Partial<WorkloadRequest> = {}): Sent {
    const n = ++this.count;
    const id = `r${n}`;
    const sent: Sent = {
      id,
      idempotent,
      expected: undefined,
      outcome: undefined,
      error: undefined,
      settlements: 0,
      facts: 0,
    };
    this.all.set(id, sent);
    this.sent.set(id, sent);
    this.rig.diary.tell('submitter', 'balancer', `submit ${id}${idempotent ? '' : ', not idempotent'}`);
    const request = {
      timeoutMs: NEVER_MS,
      ...this.requestOf(n),
      id,
      idempotent,
      maxRetries: 0,
      preferredComponents: [this.subject],
      ...changes,
    };
    const settled = (): void => {
      sent.settlements++;
    };
    this.rig.balancer.execute(request).then(settled, settled);
    return sent;
  }

  end(sent: Sent): void {
    this.all.delete(sent.id);
    this.ended.push(sent);
  }

  /** The runs of the component under test that wait for their verdict. */
  holds(sent: Sent): boolean {
    return this.rig.post(this.subject).held.some(({ requestId }) => requestId === sent.id);
  }

  /** Ends a held run, and waits for what becomes of it. */
  async decide(sent: Sent, verdict: Verdict): Promise<void> {
    sent.expected = verdict === 'succeed' ? 'completed' : 'failed';
    this.rig.diary.note(`the handler of ${sent.id} ${verdict === 'succeed' ? 'succeeds' : 'fails'}`);
    this.rig
      .post(this.subject)
      .held.find(({ requestId }) => requestId === sent.id)
      ?.decide(verdict);
    await this.rig.rest();
    await this.settleExpected();
  }

  /** Refuses a held run: its request goes elsewhere where somebody else may take it; else it waits, and is cancelled. */
  async refuse(sent: Sent, mayMove: boolean): Promise<void> {
    if (mayMove) sent.expected = 'completed';
    this.rig.diary.note(`the provider refuses ${sent.id}`);
    this.rig
      .post(this.subject)
      .held.find(({ requestId }) => requestId === sent.id)
      ?.decide('refuse');
    await this.rig.rest();
    if (!mayMove) await this.cancel(sent);
    await this.settleExpected();
  }

  /** Waits for the handlers whose requests must end. */
  async settleExpected(): Promise<void> {
    const { clock, posts } = this.rig;
    const open = (): boolean =>
      [...this.all.values()].some((one) => one.expected !== undefined && one.outcome === undefined);
    let waitedMs = 0;
    for (let turn = 0; open() && turn < PATIENCE_TURNS && waitedMs < PATIENCE_MS; turn++) {
      const ms = [...posts.values()].some(({ waitsOnClock }) => waitsOnClock) ? 1 : 0;
      await clock.advance(ms);
      waitedMs += ms;
    }
  }

  async cancel(sent: Sent): Promise<void> {
    sent.expected = 'cancelled';
    this.rig.diary.tell('submitter', 'balancer', `cancel ${sent.id}`);
    this.rig.balancer.cancel(sent.id, 'by the testing kit');
    await this.rig.rest();
  }
}
