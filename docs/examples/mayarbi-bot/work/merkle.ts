import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Merkle trees as Certificate Transparency builds them (RFC 9162, section 2.1): SHA-256, a 0x00 byte before the data of a
 * leaf and a 0x01 byte before the two children of a node. Without these bytes an inner node could be passed off as a leaf
 * (a second pre-image). A tree need not be full: its left part is the largest power of two below its size, so no leaf is
 * ever doubled, which is what made CVE-2012-2459 possible in Bitcoin's.
 */
export type Hash = Buffer;

const LEAF = Buffer.of(0x00);
const NODE = Buffer.of(0x01);

export const leafHash = (data: Uint8Array): Hash => createHash('sha256').update(LEAF).update(data).digest();

export const nodeHash = (left: Hash, right: Hash): Hash =>
  createHash('sha256').update(NODE).update(left).update(right).digest();

/** Where a tree of `size` (2 or more) leaves is split: the largest power of two below it. */
const splitOf = (size: number): number => 2 ** (31 - Math.clz32(size - 1));

/** Root of a tree over leaf hashes; at least one. */
export const rootOf = (leaves: readonly Hash[]): Hash => {
  const only = leaves[0];
  if (only === undefined) throw new RangeError('a tree has at least one leaf');
  if (leaves.length === 1) return only;
  const split = splitOf(leaves.length);
  return nodeHash(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
};

/** The hashes beside the way from leaf `index` (0 to size − 1) up to the root, lowest first. */
export const proofOf = (leaves: readonly Hash[], index: number): Hash[] => {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) {
    throw new RangeError(`leaf ${index} of ${leaves.length}`);
  }
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  const left = leaves.slice(0, split);
  const right = leaves.slice(split);
  return index < split ? [...proofOf(left, index), rootOf(right)] : [...proofOf(right, index - split), rootOf(left)];
};

/**
 * Whether `proof` shows that `leaf` is number `index` of the tree of `size` leaves with this root; RFC 9162, section
 * 2.1.3.2. Size and root must come from whom you trust, leaf, index and proof may come from anybody.
 */
export const verifyProof = (leaf: Hash, index: number, size: number, proof: readonly Hash[], root: Hash): boolean => {
  if (!Number.isInteger(index) || index < 0 || index >= size) return false;
  let position = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      hash = nodeHash(sibling, hash);
      // A right edge that stands alone rises until it is a right child.
      while (position % 2 === 0 && position !== 0) {
        position = Math.floor(position / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && hash.length === root.length && timingSafeEqual(hash, root);
};
