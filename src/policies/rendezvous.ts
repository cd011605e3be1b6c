import type { ComponentLedger } from '../ledgers/component-ledger.ts';

/** FNV-1a over UTF-16 units. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let k = 0; k < text.length; k++) hash = Math.imul(hash ^ text.charCodeAt(k), 0x01000193);
  return hash;
}

/** MurmurHash3's finaliser. */
function mix(n: number): number {
  let h = n;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Rendezvous hashing (Thaler and Ravishankar 1998): of the components that are eligible, a key goes to the one whose hash
 * with the key is highest. So the keys of a component that leaves, and only these, spread over all others, and come back
 * when it does. The hashes of ids are kept; a pick hashes the key once and mixes two integers per component.
 */
export class Rendezvous {
  private readonly ids: string[] = [];
  private readonly hashes: number[] = [];

  /** Rank of a component for a key; the highest wins. @param keyHash see {@link hashText}. */
  rank(components: ComponentLedger, i: number, keyHash: number): number {
    return mix(keyHash ^ this.hashOf(components, i));
  }

  private hashOf(components: ComponentLedger, i: number): number {
    const id = components.ids[i]!;
    if (this.ids[i] !== id) {
      this.ids[i] = id;
      this.hashes[i] = mix(hashText(id)) | 0;
    }
    return this.hashes[i]!;
  }
}
