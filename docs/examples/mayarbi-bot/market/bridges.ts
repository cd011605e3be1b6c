import type { Random } from 'plimsoll';
import { type BridgeClaim, type Checkpoint, encodeTransfer, type Transfer } from '../work/bridge-monitor.ts';
import { leafHash, proofOf, rootOf } from '../work/merkle.ts';
import { between, oneOf } from './chance.ts';
import { CHAINS } from './pools.ts';

const BRIDGES = ['hellespont', 'oresund'] as const;

export interface BridgeOptions {
  /** Transfers in a checkpoint; default 8 to 64. */
  readonly batch?: readonly [low: number, high: number];
  /** Share of claims that lie about the amount; 0 to 1. Default 0.02. */
  readonly forgedShare?: number;
}

export type BridgeEvent =
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint }
  /** `forged`: whether it lies (the bot cannot see this). */
  | { readonly kind: 'claim'; readonly claim: BridgeClaim; readonly forged: boolean };

/** Bridge traffic without end: a checkpoint, then a claim for each transfer in it, then the next checkpoint. */
export function* bridgeEvents(random: Random, options: BridgeOptions = {}): Generator<BridgeEvent, never, void> {
  const [low, high] = options.batch ?? [8, 64];
  const forgedShare = options.forgedShare ?? 0.02;
  let nonce = 0;
  for (let number = 0; ; number++) {
    const bridge = oneOf(BRIDGES, random);
    const transfers = Array.from({ length: Math.floor(between(low, high + 1, random)) }, () =>
      transferOver(bridge, nonce++, random),
    );
    const leaves = transfers.map((transfer) => leafHash(encodeTransfer(transfer)));
    const root = rootOf(leaves).toString('hex');
    yield { kind: 'checkpoint', checkpoint: { bridge, number, root, size: leaves.length } };
    for (const [index, transfer] of transfers.entries()) {
      const forged = random() < forgedShare;
      const told = forged ? { ...transfer, amount: transfer.amount * 10 } : transfer;
      const proof = proofOf(leaves, index).map((hash) => hash.toString('hex'));
      yield { kind: 'claim', claim: { transfer: told, checkpoint: number, index, proof }, forged };
    }
  }
}

const transferOver = (bridge: string, nonce: number, random: Random): Transfer => {
  const from = oneOf(CHAINS, random);
  const to = oneOf(
    CHAINS.filter((chain) => chain !== from),
    random,
  );
  return { bridge, nonce, from, to, asset: oneOf(['ETH', 'USDC'], random), amount: between(1, 10_000, random) };
};
