import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { OperationLedger, type Receipt } from './operation-ledger.ts';
import { BadPayloadError, checked, type Work } from './work.ts';

const schema = z.object({
  /** Names the operation for ever; a repeat with the same content gets the first one's receipt. */
  operationId: z.string().min(1).max(200),
  kind: z.string().min(1),
  asset: z.string().min(1),
  /** Units of `asset`. */
  amount: z.number().positive(),
  /** Where the amount goes, step by step. */
  legs: z.array(z.object({ venue: z.string(), from: z.string(), to: z.string(), rate: z.number().positive() })).max(50),
});

export type WalletOperation = z.infer<typeof schema>;

export interface WalletReceipt extends Receipt {
  /** True when another attempt did the operation, so that this one did nothing. */
  readonly repeated: boolean;
}

/** The side effect: hands a signed operation to the outside world. */
export type Broadcast = (receipt: Receipt, operation: WalletOperation) => void | Promise<void>;

/** What a report needs to show that nothing happened twice. */
export interface WalletAudit {
  /** Operations that took effect. */
  readonly operations: number;
  /** Side effects begun, counted where they happen and not in the ledger. */
  readonly effects: number;
  /** Operations with more than one side effect. Must be empty. */
  readonly doubled: readonly string[];
  /** Operations that were handed over and then failed: they may have taken effect. */
  readonly unknown: readonly string[];
  /** Attempts that found their operation done, or waited for the attempt that did it. */
  readonly repeats: number;
  /** Nonces given back that no operation has used since. */
  readonly gaps: readonly number[];
  /** Operations whose signature does not verify. Must be empty. */
  readonly badSignatures: readonly string[];
}

export interface WalletManager {
  readonly work: Work<WalletReceipt>;
  audit(): WalletAudit;
}

/** An attempt that ended before its side effect began. Nothing happened, so even money may be tried again. */
export class NotBroadcastError extends Error {
  override readonly name = 'NotBroadcastError';
  readonly code = 'NOT_BROADCAST';
  readonly retryable = true;
}

/** The side effect began and failed. It may have happened, so the operation is not tried again. */
export class BroadcastFailedError extends Error {
  override readonly name = 'BroadcastFailedError';
  readonly code = 'BROADCAST_FAILED';
  readonly retryable = false;
}

/** The fixed head of a PKCS #8 document around a 32-byte ed25519 seed (RFC 8410, section 7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The ed25519 key of a 32-byte seed; the same seed gives the same key, so a run can be replayed. */
export const keyFromSeed = (seed: Uint8Array): KeyObject => {
  if (seed.length !== 32) throw new RangeError(`an ed25519 seed has 32 bytes, not ${seed.length}`);
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
};

/** What is signed. It begins with its purpose, so that the signature means nothing to another protocol. */
const messageOf = ({ nonce, digest }: Pick<Receipt, 'nonce' | 'digest'>): Buffer =>
  Buffer.from(`mayarbi wallet operation v1\n${nonce}\n${digest}`);

const digestOf = ({ operationId, kind, asset, amount, legs }: WalletOperation): string => {
  const steps = legs.map((leg) => [leg.venue, leg.from, leg.to, leg.rate]);
  return createHash('sha256')
    .update(JSON.stringify([operationId, kind, asset, amount, steps]))
    .digest('hex');
};

/**
 * The work of `wallet_manager`: signs an operation with ed25519 under the next nonce and broadcasts it, at most once for
 * each operation id, however often, in parallel or after a failure it is attempted.
 */
export const createWalletManager = (key: KeyObject, broadcast: Broadcast): WalletManager => {
  const ledger = new OperationLedger();
  const publicKey = createPublicKey(key);
  const effects = new Map<string, number>();
  let repeats = 0;

  const signed = async (operationId: string, nonce: number, digest: string, signal: AbortSignal): Promise<Receipt> => {
    try {
      const signature = (await signAsync(key, messageOf({ nonce, digest }))).toString('hex');
      if (signal.aborted) throw new NotBroadcastError(`operation ${operationId} was aborted before it was broadcast`);
      return { operationId, nonce, digest, signature };
    } catch (reason) {
      ledger.release(operationId, reason);
      throw reason;
    }
  };

  const handOver = async (receipt: Receipt, operation: WalletOperation): Promise<void> => {
    // From here on the operation may have happened: an abort changes nothing any more.
    const { operationId } = receipt;
    effects.set(operationId, (effects.get(operationId) ?? 0) + 1);
    try {
      await broadcast(receipt, operation);
      ledger.commit(receipt);
    } catch (cause) {
      const failure = new BroadcastFailedError(`operation ${operationId}: broadcast failed, outcome unknown`, {
        cause,
      });
      ledger.doubt(operationId, failure);
      throw failure;
    }
  };

  const work: Work<WalletReceipt> = async (payload, { signal }) => {
    const operation = checked(schema, payload, 'wallet operation');
    const { operationId } = operation;
    if (signal.aborted) throw new NotBroadcastError(`operation ${operationId} was aborted before it began`);
    const digest = digestOf(operation);
    const begun = ledger.begin(operationId, digest);
    switch (begun.kind) {
      case 'new': {
        const receipt = await signed(operationId, begun.nonce, digest, signal);
        await handOver(receipt, operation);
        return { ...receipt, repeated: false };
      }
      case 'known':
        repeats++;
        return { ...(await begun.receipt), repeated: true };
      case 'unknown':
        throw begun.reason;
      case 'conflict':
        throw new BadPayloadError(`operation ${operationId} was begun before with other content; use a new id`);
    }
  };

  const audit = (): WalletAudit => {
    const receipts = ledger.receipts();
    const valid = (receipt: Receipt): boolean =>
      verify(null, messageOf(receipt), publicKey, Buffer.from(receipt.signature, 'hex'));
    return {
      operations: receipts.length,
      effects: [...effects.values()].reduce((sum, count) => sum + count, 0),
      doubled: [...effects].flatMap(([id, count]) => (count > 1 ? [id] : [])),
      unknown: ledger.unknown(),
      repeats,
      gaps: ledger.gaps(),
      badSignatures: receipts.flatMap((receipt) => (valid(receipt) ? [] : [receipt.operationId])),
    };
  };

  return { work, audit };
};

/** Signs on libuv's thread pool, so that a burst of operations does not hold up the event loop. */
const signAsync = (key: KeyObject, data: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    sign(null, data, key, (error, signature) => (error === null ? resolve(signature) : reject(error)));
  });
