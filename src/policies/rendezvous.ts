import type { ComponentLedger } from '../ledgers/component-ledger.ts';
import type { Route } from '../ledgers/route.ts';

/** Keys whose first component is remembered; a power of two. */
const REMEMBERED = 4_096;

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
  /** Who ranks first for a key, direct-mapped by the key's hash: four columns. */
  private readonly keys = new Int32Array(REMEMBERED);
  private readonly routes = new Int32Array(REMEMBERED).fill(-1);
  private readonly versions = new Int32Array(REMEMBERED);
  private readonly firsts = new Int32Array(REMEMBERED);

  /** Rank of a component for a key; the highest wins. @param keyHash see {@link hashText}. */
  rank(components: ComponentLedger, i: number, keyHash: number): number {
    return mix(keyHash ^ this.hashOf(components, i));
  }

  /**
   * The member that ranks first for a key, whether or not it can be used now. Worked out once per key (10,000 members take
   * some 50 µs) and kept while the members stay.
   */
  first(route: Route, components: ComponentLedger, keyHash: number): number {
    const slot = keyHash & (REMEMBERED - 1);
    if (this.routes[slot] === route.id && this.versions[slot] === route.version && this.keys[slot] === keyHash) {
      return this.firsts[slot]!;
    }
    let best = -1;
    let bestRank = -1;
    for (let k = 0; k < route.members.length; k++) {
      const rank = this.rank(components, route.members[k]!, keyHash);
      if (rank <= bestRank) continue;
      best = route.members[k]!;
      bestRank = rank;
    }
    this.routes[slot] = route.id;
    this.versions[slot] = route.version;
    this.keys[slot] = keyHash;
    this.firsts[slot] = best;
    return best;
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
