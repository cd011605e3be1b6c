import type { ComponentTable } from '../fleet/component-table.ts';
import type { Route } from '../fleet/route.ts';

/** Keys whose ranking is remembered; a power of two. */
const REMEMBERED = 4_096;
/** How many of the ranking: the chance that all are full is small unless most of the fleet is. */
export const RANKS = 8;

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

/** Maps an unsigned number of 32 bits to a signed one, in the same order: a signed one needs no heap object. */
const SIGN = 1 << 31;

interface Packed {
  readonly version: number;
  readonly hashes: Int32Array;
}

/**
 * Rendezvous hashing (Thaler and Ravishankar 1998): of the components that are eligible, a key goes to the one whose hash
 * with the key is highest. So the keys of a component that leaves, and only these, spread over all others, and come back
 * when it does. The hashes of ids are kept; a pick hashes the key once and mixes two integers per component.
 */
export class Rendezvous {
  private readonly ids: string[] = [];
  private readonly hashes: number[] = [];
  /** Who ranks first to eighth for a key, direct-mapped by the key's hash. */
  private readonly keys = new Int32Array(REMEMBERED);
  private readonly routes = new Int32Array(REMEMBERED);
  private readonly versions = new Int32Array(REMEMBERED);
  private readonly ranked = new Int32Array(REMEMBERED * RANKS);
  private lastKey = '';
  private lastHash = hashText('');
  private readonly best = new Float64Array(RANKS);
  /** Hashes of a route's members in their order, side by side for the scan. */
  private readonly packed = new WeakMap<Route, Packed>();

  /** The same order as of {@link rank}, by the key itself, from -2^31 to 2^31 - 1. The hash of the last key is kept. */
  rankFor(key: string, components: ComponentTable, i: number): number {
    return mix(this.hashedLast(key) ^ this.hashOf(components, i)) ^ SIGN;
  }

  /** The same as {@link ranking} by the key itself. */
  nthFor(key: string, route: Route, components: ComponentTable, n: number): number {
    return this.ranking(route, components, this.hashedLast(key), n);
  }

  private hashedLast(key: string): number {
    if (key !== this.lastKey) {
      this.lastKey = key;
      this.lastHash = hashText(key);
    }
    return this.lastHash;
  }

  /** Rank of a component for a key; the highest wins. @param keyHash see {@link hashText}. */
  rank(components: ComponentTable, i: number, keyHash: number): number {
    return mix(keyHash ^ this.hashOf(components, i));
  }

  /**
   * The member that ranks `rank`-th for a key, 0 to 7, whether or not it can be used now. The ranking is worked out once
   * per key (10,000 members take some 30 µs) and kept while the members stay. For routes of at least eight members.
   */
  ranking(route: Route, components: ComponentTable, keyHash: number, rank: number): number {
    const slot = keyHash & (REMEMBERED - 1);
    if (this.routes[slot] !== route.id || this.versions[slot] !== route.version || this.keys[slot] !== keyHash) {
      this.routes[slot] = route.id;
      this.versions[slot] = route.version;
      this.keys[slot] = keyHash;
      this.rankAll(route, components, keyHash, slot * RANKS);
    }
    return this.ranked[slot * RANKS + rank]!;
  }

  private rankAll(route: Route, components: ComponentTable, keyHash: number, from: number): void {
    const { best, ranked } = this;
    const { members } = route;
    const hashes = this.hashesOf(route, components);
    best.fill(-1);
    let last = -1;
    for (let k = 0; k < hashes.length; k++) {
      const rank = mix(keyHash ^ hashes[k]!);
      if (rank <= last) continue;
      let at = RANKS - 1;
      for (; at > 0 && best[at - 1]! < rank; at--) {
        best[at] = best[at - 1]!;
        ranked[from + at] = ranked[from + at - 1]!;
      }
      best[at] = rank;
      ranked[from + at] = members[k]!;
      last = best[RANKS - 1]!;
    }
  }

  private hashesOf(route: Route, components: ComponentTable): Int32Array {
    const kept = this.packed.get(route);
    if (kept !== undefined && kept.version === route.version) return kept.hashes;
    const hashes = Int32Array.from(route.members, (i) => this.hashOf(components, i));
    this.packed.set(route, { version: route.version, hashes });
    return hashes;
  }

  private hashOf(components: ComponentTable, i: number): number {
    const id = components.ids[i]!;
    if (this.ids[i] !== id) {
      this.ids[i] = id;
      this.hashes[i] = mix(hashText(id)) | 0;
    }
    return this.hashes[i]!;
  }
}
