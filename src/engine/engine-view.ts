import type { WorkloadRequest } from '../domain/request.ts';
import type { Submission } from './messages.ts';
import type { EngineState, Fleet, Mailbox, Mode, Overload, Requests, Selection, Supervision } from './state.ts';

/** What may be asked of an engine from outside its actor, between two messages. */
export interface EngineEntrance {
  /**
   * Takes a request that a call submits. It is read at once, and travels with the others of its tick.
   * @returns false when it cannot be read: send a message instead, which says why.
   */
  handIn(
    request: WorkloadRequest,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
    whenFull: Submission['whenFull'],
    cancellation: Submission['cancellation'],
  ): boolean;
  /** Answers a submission that the actor will not get. */
  turnAway(submission: Submission, phase: 'new' | 'stopped'): void;
  /** Notes a submission that waits in the actor's mailbox, so that its promise settles even if that is cleared. */
  notePending(submission: Submission): void;
  /** Admits everything that was submitted in this tick, before something is read that this would change. */
  flush(): void;
  /** Makes each request and each assignment a message of its own. @returns ends it; a second call does nothing. */
  observeMessages(): () => void;
  /** Ends an engine whose actor was never started. */
  shutDown(): void;
}

/** The engine as the outside sees it: to read, and to submit requests. */
export interface EngineView
  extends EngineEntrance,
    Readonly<
      Omit<
        EngineState,
        'fleet' | 'requests' | 'selection' | 'mode' | 'overload' | 'mailbox' | 'supervision' | keyof EngineEntrance
      >
    > {
  readonly fleet: Readonly<Fleet>;
  readonly requests: Readonly<Requests>;
  readonly selection: Readonly<Selection>;
  readonly mode: Readonly<Mode>;
  readonly overload: Readonly<Overload>;
  readonly mailbox: Readonly<Mailbox>;
  readonly supervision: Readonly<Supervision>;
}
