import type { Random } from '../domain/ports.ts';

/**
 * Whether the latest of `count` equals replaces the one kept so far: each then is kept with the same chance, without a
 * list of them (reservoir sampling).
 */
export const reservoirPick = (count: number, random: Random): boolean => random() * count < 1;
