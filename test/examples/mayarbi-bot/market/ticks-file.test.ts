import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MarketEvent } from '../../../../docs/examples/mayarbi-bot/market/generator.ts';
import { openTicksFile, TicksFileError } from '../../../../docs/examples/mayarbi-bot/market/ticks-file.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mayarbi-ticks-'));
});
afterAll(() => rm(directory, { recursive: true }));

const read = async (text: string | Buffer) => {
  const path = join(directory, 'ticks.jsonl');
  await writeFile(path, text);
  const file = await openTicksFile(path);
  const events: MarketEvent[] = [];
  for await (const event of file.events()) events.push(event);
  return { events, report: file.report() };
};

const line = (seq: number, at: number): string =>
  JSON.stringify({ venue: 'baltic', pair: 'ETH/USDC', seq, at, bids: [[1, 1]], asks: [[2, 1]] });

describe('ticks file', () => {
  it('reads JSON and raw lines, blank lines and comments, and keeps their pace', async () => {
    const raw = 'baltic ETH/USDC 3 1250 1:1 2:1';
    const { events, report } = await read(`# recorded\n${line(1, 1000)}\r\n\n${line(2, 1100)}\n${raw}`);
    expect(events.map(({ atMs }) => atMs)).toEqual([0, 100, 250]);
    expect(events.every(({ kind }) => kind === 'tick')).toBe(true);
    expect(report).toEqual({ lines: 3, ticks: 3, bad: 0, badByFault: {}, firstBad: [], broken: undefined });
  });

  it('shortens long pauses and does not go back in time', async () => {
    const { events } = await read([1000, 90_000_000, 5000, 5100].map((at, i) => line(i, at)).join('\n'));
    expect(events.map(({ atMs }) => atMs)).toEqual([0, 1000, 1000, 1100]);
  });

  it('counts bad lines by what is wrong, tells where the first ones are, and goes on', async () => {
    const bad = ['{"venue":', 'what?', line(1, 1).replace('[1,1]', '[9,1]'), '{}', '[]', '\u0000\u0001'];
    const { events, report } = await read([...bad, line(1, 1)].join('\n'));
    expect(events).toHaveLength(1);
    expect(report).toMatchObject({
      lines: 7,
      ticks: 1,
      bad: 6,
      badByFault: { NOT_JSON: 1, NOT_RAW: 3, CROSSED: 1, SHAPE: 1 },
    });
    expect(report.firstBad).toHaveLength(5);
    expect(report.firstBad[0]).toMatchObject({ line: 1, fault: 'NOT_JSON' });
  });

  it('lives through an empty file and one that is no text', async () => {
    expect((await read('')).report).toMatchObject({ lines: 0, ticks: 0, bad: 0 });
    const noise = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251));
    const { report } = await read(noise);
    expect(report.ticks).toBe(0);
    expect(report.bad).toBe(report.lines);
  });

  it('can be left half-way', async () => {
    const path = join(directory, 'long.jsonl');
    await writeFile(path, Array.from({ length: 1000 }, (_, i) => line(i, i)).join('\n'));
    const file = await openTicksFile(path);
    for await (const _ of file.events()) break;
    expect(file.report().ticks).toBeGreaterThanOrEqual(1);
  });

  it('says what is wrong with a file that cannot be read', async () => {
    const missing = openTicksFile(join(directory, 'missing.jsonl'));
    await expect(missing).rejects.toThrow(TicksFileError);
    await expect(missing).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('no such file') });
    await expect(openTicksFile(directory)).rejects.toMatchObject({ message: expect.stringContaining('not a file') });
  });
});
