import { z } from 'zod';
import { leafHash, verifyProof } from './merkle.ts';
import { checked, type Work } from './work.ts';

const hex = z.string().regex(/^[0-9a-f]{64}$/, 'expected 32 bytes as hex');
const transfer = z.object({
  bridge: z.string().min(1),
  /** Number of the transfer on its bridge. */
  nonce: z.number().int().nonnegative(),
  from: z.string().min(1),
  to: z.string().min(1),
  asset: z.string().min(1),
  /** Units of `asset`. */
  amount: z.number().positive(),
});
const schema = z.object({
  transfer,
  /** Number of the checkpoint that is said to hold it. */
  checkpoint: z.number().int().nonnegative(),
  index: z.number().int().nonnegative(),
  proof: z.array(hex).max(64),
});

/** A transfer over a bridge. */
export type Transfer = Readonly<z.infer<typeof transfer>>;

/** Somebody's claim that a checkpoint holds a transfer, with its proof. */
export type BridgeClaim = Readonly<z.infer<typeof schema>>;

/** What a bridge has committed to: the only part of a claim's check that is trusted. */
export interface Checkpoint {
  readonly bridge: string;
  readonly number: number;
  readonly root: string;
  readonly size: number;
}

export type BridgeVerdict =
  | { readonly verdict: 'verified'; readonly transfer: Transfer }
  | { readonly verdict: 'forged'; readonly transfer: Transfer }
  | { readonly verdict: 'unknownCheckpoint'; readonly transfer: Transfer };

/** The bytes that a leaf commits to: fields in a fixed order, so that one transfer has one encoding. */
export const encodeTransfer = (t: Transfer): Buffer =>
  Buffer.from(JSON.stringify([t.bridge, t.nonce, t.from, t.to, t.asset, t.amount]));

/**
 * The work of `bridge_monitor`: checks the Merkle proof of a claimed transfer against a checkpoint. A forged claim is a
 * result, not an error: finding it is the job.
 *
 * @param trusted the checkpoint of a bridge by number; never taken from the claim, which would prove nothing
 */
export const createBridgeMonitor =
  (trusted: (bridge: string, number: number) => Checkpoint | undefined): Work<BridgeVerdict> =>
  (payload, { signal }) => {
    signal.throwIfAborted();
    const claim = checked(schema, payload, 'bridge claim');
    const { transfer } = claim;
    const checkpoint = trusted(transfer.bridge, claim.checkpoint);
    if (checkpoint === undefined) return { verdict: 'unknownCheckpoint', transfer };
    const proof = claim.proof.map((hash) => Buffer.from(hash, 'hex'));
    const root = Buffer.from(checkpoint.root, 'hex');
    const holds = verifyProof(leafHash(encodeTransfer(transfer)), claim.index, checkpoint.size, proof, root);
    return { verdict: holds ? 'verified' : 'forged', transfer };
  };
