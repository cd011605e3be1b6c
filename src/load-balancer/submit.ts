import { InvalidRequestError } from '../domain/errors.ts';
import { formatValue, type WorkloadRequest } from '../domain/request.ts';
import type { Submission } from '../engine/messages.ts';
import { AbortableRequest } from './abortable-request.ts';
import type { ActorClient } from './actor-client.ts';
import { isSignal } from './shared-signal.ts';

/** How a request is submitted. */
export interface ExecuteOptions {
  /** Cancels the request when it aborts. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** Where the queue has no room: be refused, or wait for a place in order, until deadline or signal. Default: the setting. */
  readonly whenFull?: 'reject' | 'wait' | undefined;
}

type Resolve = (value: unknown) => void;
type Reject = (error: unknown) => void;

/** Submits a request that nobody waits for. @returns whether it was admitted. */
export function submit(client: ActorClient, request: WorkloadRequest): boolean {
  const submission: Submission = { type: 'request.submit', request, processed: false, accepted: false };
  submitAsMessage(client, submission);
  return submission.accepted === true;
}

let resolveLast: Resolve;
let rejectLast: Reject;
/** One for all promises: a closure of each request's own would be 100 B more to collect. */
const takeEnds = (resolve: Resolve, reject: Reject): void => {
  resolveLast = resolve;
  rejectLast = reject;
};

/** Submits a request. @returns its outcome; the promise is rejected where it is not `completed`. */
export function execute(
  client: ActorClient,
  request: WorkloadRequest,
  options: ExecuteOptions | undefined,
): Promise<unknown> {
  const outcome = new Promise<unknown>(takeEnds);
  const resolve = resolveLast;
  const reject = rejectLast;
  if (options === undefined) submitInTick(client, request, resolve, reject, undefined, undefined);
  else submitWith(client, request, options, resolve, reject);
  return outcome;
}

/** Submits a request; exactly one of the two ends is called, once. */
function submitWith(
  client: ActorClient,
  request: WorkloadRequest,
  options: ExecuteOptions,
  resolve: Resolve,
  reject: Reject,
): void {
  try {
    const { signal, whenFull } = options;
    if (whenFull !== undefined && whenFull !== 'wait' && whenFull !== 'reject') reject(noWhenFull(whenFull));
    else if (signal === undefined) submitInTick(client, request, resolve, reject, whenFull, undefined);
    else if (isSignal(signal)) submitAbortable(client, request, signal, resolve, reject, whenFull);
    else reject(noSignal(signal));
  } catch (error) {
    // options that throw when they are read
    reject(error);
  }
}

const noWhenFull = (whenFull: unknown): InvalidRequestError =>
  new InvalidRequestError(
    `Invalid options: whenFull: expected 'wait' or 'reject' (given: ${formatValue(whenFull)}). Nothing was enqueued.`,
    { value: whenFull },
  );

export const noSignal = (signal: unknown): InvalidRequestError =>
  new InvalidRequestError(
    `Invalid options: signal: expected an AbortSignal (given: ${formatValue(signal)}). Nothing was enqueued.`,
    { value: signal },
  );

/** Read at once, so that nothing that the caller does with the request later counts; it travels with those of its tick. */
function submitInTick(
  client: ActorClient,
  request: WorkloadRequest,
  resolve: Resolve,
  reject: Reject,
  whenFull: ExecuteOptions['whenFull'],
  cancellation: AbortableRequest | undefined,
): void {
  const { engine } = client;
  // who watches the messages is to see one for each; and what is not valid is refused by one
  const isHandedIn =
    client.isLive &&
    engine.waiters.messageObservers === 0 &&
    engine.handIn(request, resolve, reject, whenFull, cancellation);
  if (!isHandedIn)
    submitAsMessage(client, {
      type: 'request.submit',
      request,
      processed: false,
      resolve,
      reject,
      whenFull,
      cancellation,
    });
}

function submitAsMessage(client: ActorClient, submission: Submission): void {
  const { engine } = client;
  if (!client.isLive || engine.mode.phase === 'stopped') {
    engine.turnAway(submission, client.lifecycle === 'new' ? 'new' : 'stopped');
    return;
  }
  client.send(submission);
  // from inside a transition it waits in the mailbox, which a stop would clear: then its promise must still settle
  if (submission.processed !== true) engine.notePending(submission);
}

function submitAbortable(
  client: ActorClient,
  request: WorkloadRequest,
  signal: AbortSignal,
  resolve: Resolve,
  reject: Reject,
  whenFull: ExecuteOptions['whenFull'],
): void {
  const abortable = new AbortableRequest(client);
  submitInTick(client, request, resolve, reject, whenFull, abortable);
  abortable.follow(signal);
}
