import { describe, expect, it } from 'vitest';
import {
  type BridgeClaim,
  createBridgeMonitor,
  encodeTransfer,
  type Transfer,
} from '../../../../docs/examples/mayarbi-bot/work/bridge-monitor.ts';
import {
  type Hash,
  leafHash,
  nodeHash,
  proofOf,
  rootOf,
  verifyProof,
} from '../../../../docs/examples/mayarbi-bot/work/merkle.ts';
import { BadPayloadError } from '../../../../docs/examples/mayarbi-bot/work/work.ts';
import { live } from './signals.ts';

/** Leaves and roots of the reference trees of the Certificate Transparency project (merkletree tests). */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const leaves = (size: number): Hash[] => Array.from({ length: size }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)));

describe('Merkle tree', () => {
  it('has the roots of the reference trees', () => {
    const hashes = LEAVES.map((leaf) => leafHash(Buffer.from(leaf, 'hex')));
    expect(hashes.map((_, i) => rootOf(hashes.slice(0, i + 1)).toString('hex'))).toEqual(ROOTS);
  });

  it('proves every leaf of every size up to 40, and each of them nowhere else', () => {
    for (let size = 1; size <= 40; size++) {
      const tree = leaves(size);
      const root = rootOf(tree);
      for (let index = 0; index < size; index++) {
        const proof = proofOf(tree, index);
        expect(verifyProof(tree[index]!, index, size, proof, root)).toBe(true);
        expect(verifyProof(tree[index]!, (index + 1) % (size + 1), size, proof, root)).toBe(false);
      }
    }
  });

  it('accepts nothing that was touched', () => {
    const tree = leaves(11);
    const root = rootOf(tree);
    const proof = proofOf(tree, 6);
    const leaf = tree[6]!;
    expect(verifyProof(tree[5]!, 6, 11, proof, root)).toBe(false);
    expect(verifyProof(leaf, 6, 11, proof.slice(1), root)).toBe(false);
    expect(verifyProof(leaf, 6, 11, [...proof, leaf], root)).toBe(false);
    expect(verifyProof(leaf, 6, 11, [...proof].reverse(), root)).toBe(false);
    expect(verifyProof(leaf, 6, 7, proof, root)).toBe(false);
    expect(verifyProof(leaf, 6, 11, proof, root.subarray(1))).toBe(false);
    expect(verifyProof(leaf, -1, 11, proof, root)).toBe(false);
    expect(verifyProof(leaf, 0.5, 11, proof, root)).toBe(false);
  });

  it('does not take an inner node for a leaf', () => {
    const [a, b, c, d] = leaves(4) as [Hash, Hash, Hash, Hash];
    const inner = Buffer.concat([a, b]);
    expect(nodeHash(a, b)).not.toEqual(leafHash(inner));
    expect(verifyProof(leafHash(inner), 0, 2, [nodeHash(c, d)], rootOf([a, b, c, d]))).toBe(false);
  });

  it('has no tree without leaves and no proof for a leaf that is not there', () => {
    expect(() => rootOf([])).toThrow(RangeError);
    expect(() => proofOf(leaves(3), 3)).toThrow(RangeError);
    expect(() => proofOf(leaves(3), -1)).toThrow(RangeError);
  });
});

describe('bridge monitor', () => {
  const transfers = Array.from(
    { length: 5 },
    (_, nonce): Transfer => ({
      bridge: 'oresund',
      nonce,
      from: 'base',
      to: 'ethereum',
      asset: 'ETH',
      amount: nonce + 1,
    }),
  );
  const tree = transfers.map((transfer) => leafHash(encodeTransfer(transfer)));
  const checkpoint = { bridge: 'oresund', number: 3, root: rootOf(tree).toString('hex'), size: tree.length };
  const work = createBridgeMonitor((bridge, number) => (bridge === 'oresund' && number === 3 ? checkpoint : undefined));
  const claim = (index: number): BridgeClaim => ({
    transfer: transfers[index]!,
    checkpoint: 3,
    index,
    proof: proofOf(tree, index).map((hash) => hash.toString('hex')),
  });

  it('verifies what the checkpoint holds', async () => {
    for (let index = 0; index < 5; index++) {
      expect(await work(claim(index), live)).toEqual({ verdict: 'verified', transfer: transfers[index] });
    }
  });

  it.each<[string, Partial<Transfer>]>([
    ['amount', { amount: 10 }],
    ['asset', { asset: 'BTC' }],
    ['destination', { to: 'arbitrum' }],
    ['nonce', { nonce: 9 }],
  ])('finds a forged %s', async (_name, change) => {
    const honest = claim(0);
    const forged = { ...honest, transfer: { ...honest.transfer, ...change } };
    expect(await work(forged, live)).toMatchObject({ verdict: 'forged' });
  });

  it('trusts no checkpoint that it was not told of', async () => {
    expect(await work({ ...claim(0), checkpoint: 4 }, live)).toMatchObject({ verdict: 'unknownCheckpoint' });
  });

  it.each([
    ['nothing', undefined],
    ['a short hash', { ...claim(0), proof: ['ab'] }],
    ['an endless proof', { ...claim(0), proof: Array.from({ length: 65 }, () => '0'.repeat(64)) }],
    ['a negative index', { ...claim(0), index: -1 }],
  ])('blames the caller for %s', (_name, payload) => {
    expect(() => work(payload, live)).toThrow(BadPayloadError);
  });
});
