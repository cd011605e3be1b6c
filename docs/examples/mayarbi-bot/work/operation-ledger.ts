/** An operation that has taken effect. */
export interface Receipt {
  readonly operationId: string;
  /** Position in the wallet's sequence, from 0, without gaps. */
  readonly nonce: number;
  /** SHA-256 of what was asked for, as hex: one id must not stand for two different operations. */
  readonly digest: string;
  /** ed25519, as hex. */
  readonly signature: string;
}

/** What {@link OperationLedger.begin} says of an operation. */
export type Begun =
  | { readonly kind: 'new'; readonly nonce: number }
  /** Another attempt is at it, or has done it. */
  | { readonly kind: 'known'; readonly receipt: Promise<Receipt> }
  /** It was handed over and nobody knows whether it took effect. */
  | { readonly kind: 'unknown'; readonly reason: unknown }
  /** The id belongs to an operation with other content. */
  | { readonly kind: 'conflict' };

type State =
  | { readonly kind: 'running' }
  | { readonly kind: 'done'; readonly receipt: Receipt }
  | { readonly kind: 'unknown'; readonly reason: unknown };

interface Entry {
  readonly digest: string;
  readonly nonce: number;
  readonly outcome: Promise<Receipt>;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (reason: unknown) => void;
  state: State;
}

/**
 * Which operations have begun, and what became of them. An id is taken *before* anything else happens, so that two
 * attempts that overlap cannot both act. It is given back only by an attempt that did nothing; when the outcome is
 * unknown it stays taken, because trying again could do it twice.
 *
 * It never forgets an operation, about 500 bytes each: what is forgotten can happen twice.
 */
export class OperationLedger {
  readonly #entries = new Map<string, Entry>();
  /** Nonces of attempts that gave up. They are used first, since a chain waits for ever at a gap. */
  readonly #returned: number[] = [];
  #nextNonce = 0;

  begin(operationId: string, digest: string): Begun {
    const known = this.#entries.get(operationId);
    if (known === undefined) {
      const nonce = this.#returned.shift() ?? this.#nextNonce++;
      this.#entries.set(operationId, newEntry(digest, nonce));
      return { kind: 'new', nonce };
    }
    if (known.digest !== digest) return { kind: 'conflict' };
    if (known.state.kind === 'unknown') return { kind: 'unknown', reason: known.state.reason };
    return { kind: 'known', receipt: known.outcome };
  }

  /** The operation took effect. */
  commit(receipt: Receipt): void {
    this.#settle(receipt.operationId, { kind: 'done', receipt })?.resolve(receipt);
  }

  /** The operation was handed over and the answer was an error: it may have taken effect, and it may not. */
  doubt(operationId: string, reason: unknown): void {
    this.#settle(operationId, { kind: 'unknown', reason })?.reject(reason);
  }

  /** The attempt gave up before it handed anything over: the operation may be tried anew, its nonce is free. */
  release(operationId: string, reason: unknown): void {
    const entry = this.#entries.get(operationId);
    if (entry?.state.kind !== 'running') return;
    this.#entries.delete(operationId);
    this.#returned.push(entry.nonce);
    this.#returned.sort((a, b) => a - b);
    entry.reject(reason);
  }

  /** Receipts of what took effect, in the order in which operations began. */
  receipts(): Receipt[] {
    return [...this.#entries.values()].flatMap(({ state }) => (state.kind === 'done' ? [state.receipt] : []));
  }

  /** Ids of operations whose outcome is unknown; somebody has to look. */
  unknown(): string[] {
    return [...this.#entries].flatMap(([id, { state }]) => (state.kind === 'unknown' ? [id] : []));
  }

  /** Nonces that nothing uses though a higher one is used. */
  gaps(): number[] {
    return [...this.#returned];
  }

  #settle(operationId: string, state: State): Entry | undefined {
    const entry = this.#entries.get(operationId);
    if (entry?.state.kind !== 'running') return undefined;
    entry.state = state;
    return entry;
  }
}

/** (`Promise.withResolvers` is Node 22's.) The promise counts as handled: often nobody waits for it. */
const newEntry = (digest: string, nonce: number): Entry => {
  let resolve: (receipt: Receipt) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const outcome = new Promise<Receipt>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  outcome.catch(() => undefined);
  return { digest, nonce, outcome, resolve, reject, state: { kind: 'running' } };
};
