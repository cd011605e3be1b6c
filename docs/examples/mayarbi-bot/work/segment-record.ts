import { crc32 } from 'node:zlib';

/** One line of a segment: a value for a key, or (without a value) the end of one. */
export interface StoredRecord {
  readonly key: string;
  /** JSON; `undefined`: the key was deleted. */
  readonly value: unknown;
}

/**
 * A record as a line: 8 hex digits of CRC-32 over the rest, a space, and JSON `[key, value]` or `[key]`. Lines can be read
 * with any tool; the checksum tells a line that the disk or a killed process left half-written from a good one.
 */
export const encodeRecord = ({ key, value }: StoredRecord): Buffer => {
  const body = JSON.stringify(value === undefined ? [key] : [key, value]);
  return Buffer.from(`${checksum(body)} ${body}\n`);
};

/** The record of a line (without its line feed), or `undefined` when the line is damaged. */
export const decodeRecord = (line: string): StoredRecord | undefined => {
  const body = line.slice(9);
  if (line[8] !== ' ' || line.slice(0, 8) !== checksum(body)) return undefined;
  const parsed: unknown = JSON.parse(body);
  if (!Array.isArray(parsed) || typeof parsed[0] !== 'string') return undefined;
  return { key: parsed[0], value: parsed[1] };
};

const checksum = (body: string): string => crc32(body).toString(16).padStart(8, '0');
