import { read } from '../engine/admission/admission.ts';
import type { Books } from '../engine/state.ts';
import type { Submission } from '../engine/messages.ts';
import { turnAway } from '../engine/admission/rejection.ts';
import { InvalidRequestError } from '../domain/errors.ts';
import { show, type WorkloadRequest } from '../domain/request.ts';
import type { Job } from '../requests/job.ts';
import type { Commander } from './actor-client.ts';

type Resolve = (value: unknown) => void;
type Reject = (error: unknown) => void;

/** Submits a request that nobody waits for. @returns whether it was admitted. */
export function submitOnly(commander: Commander, request: WorkloadRequest): boolean {
  const submission: Submission = { type: 'request.submit', request, seen: false, accepted: false };
  put(commander, submission);
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
export function submitAndWait(
  commander: Commander,
  request: WorkloadRequest,
  options: { readonly signal?: AbortSignal | undefined } | undefined,
): Promise<unknown> {
  const outcome = new Promise<unknown>(takeEnds);
  const resolve = resolveLast;
  const reject = rejectLast;
  if (options === undefined) handIn(commander, request, resolve, reject);
  else submitWith(commander, request, options, resolve, reject);
  return outcome;
}

/** Submits a request; exactly one of the two ends is called, once. */
function submitWith(
  commander: Commander,
  request: WorkloadRequest,
  options: { readonly signal?: AbortSignal | undefined },
  resolve: Resolve,
  reject: Reject,
): void {
  try {
    const { signal } = options;
    if (signal === undefined) handIn(commander, request, resolve, reject);
    else if (signal instanceof AbortSignal) putAbortable(commander, request, signal, resolve, reject);
    else reject(noSignal(signal));
  } catch (error) {
    // options that throw when they are read
    reject(error);
  }
}

const noSignal = (signal: unknown): InvalidRequestError =>
  new InvalidRequestError(
    `Invalid options: signal: expected an AbortSignal (given: ${show(signal)}). Nothing was enqueued.`,
    { value: signal },
  );

/** Read at once, so that nothing that the caller does with the request later counts; it travels with those of its turn. */
function handIn(commander: Commander, request: WorkloadRequest, resolve: Resolve, reject: Reject): void {
  const { books } = commander;
  // who watches the messages is to see one for each; and what is not valid is refused by one
  const job = commander.isLive && books.overheard === 0 ? readable(books, request) : undefined;
  if (job === undefined) {
    put(commander, { type: 'request.submit', request, seen: false, resolve, reject });
    return;
  }
  job.resolve = resolve;
  job.reject = reject;
  job.scope = books.input.captureContext?.();
  books.arrivals.add(job);
}

function readable(books: Books, request: WorkloadRequest): Job | undefined {
  try {
    return read(books, request);
  } catch {
    return undefined; // the message that is sent instead says why
  }
}

function put(commander: Commander, submission: Submission): void {
  const { books } = commander;
  if (!commander.isLive || books.phase === 'stopped') {
    turnAway(books, submission, commander.life === 'new' ? 'new' : 'stopped');
    return;
  }
  commander.send(submission);
  // from inside a transition it waits in the mailbox, which a stop would clear: then its promise must still settle
  if (submission.seen !== true) books.unseen.add(submission);
}

function putAbortable(
  commander: Commander,
  request: WorkloadRequest,
  signal: AbortSignal,
  resolve: Resolve,
  reject: Reject,
): void {
  const submission: Submission = { type: 'request.submit', request, seen: false, id: '' };
  const onAbort = (): void => {
    if (!commander.isLive || (submission.seen === true && submission.id === '')) return;
    commander.send({
      type: 'request.cancel',
      // read when the command is processed: the submission may still be in the mailbox before it
      get requestId() {
        return submission.id ?? '';
      },
      reason: 'aborted',
    });
  };
  submission.resolve = (value) => {
    signal.removeEventListener('abort', onAbort);
    resolve(value);
  };
  submission.reject = (error) => {
    signal.removeEventListener('abort', onAbort);
    reject(error);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  put(commander, submission);
  if (signal.aborted) onAbort();
}
