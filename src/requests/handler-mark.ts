/** What is remembered of those whose handlers submit requests. */
export interface HandlerOwner {
  /** A handler of it has been seen to submit a request. */
  handlersSubmit: boolean;
  /** Index of the component. */
  readonly index: number;
  /** It has been said that its handlers wait for their own slots. */
  toldOfSelfWait: boolean;
}

/** Marks the async context of one run of a handler: whoever submits in that context does so from within the run. */
export class HandlerMark {
  /** The handler has not settled, and its slot has not been taken away from it. */
  isRunning = true;
  /** Requests of it that wait in the queue, and for whose answers it may wait. */
  waiting = 0;
  readonly owner: HandlerOwner;

  constructor(owner: HandlerOwner) {
    this.owner = owner;
  }
}
