import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { askedFor, helpOf } from '../../src/cli/simulation/options.ts';
import { ALGORITHMS } from '../../src/domain/algorithm.ts';
import { planOf } from '../../src/testing/simulator/plan.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const scenarios = join(root, 'docs/examples/scenarios');
const guide = readFileSync(join(root, 'docs/guide/simulating.md'), 'utf8');
const style = { name: 'simulate', algorithms: ALGORITHMS } as const;

it('names commands that the command line understands, and files that are there', () => {
  const lines = [...guide.matchAll(/^plimsoll (?:simulate|compare) (.+)$/gm)].map(([, args]) => args ?? '');
  expect(lines.length).toBeGreaterThanOrEqual(4);
  for (const line of lines) {
    const asked = askedFor(style, line.split(' '));
    expect(existsSync(join(root, asked?.file ?? 'none')), line).toBe(true);
  }
});

it('names each option, as the help does', () => {
  const options = [...helpOf(style).matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option]) => option ?? '');
  expect(options).toHaveLength(8);
  for (const option of options) expect(guide).toContain(`\`${option}`);
});

it('shows scenarios that can be played', () => {
  const blocks = [...guide.matchAll(/^```json\n(.*?)^```$/gms)].map(([, json]) => json ?? '');
  expect(blocks).toHaveLength(2);
  const [checkout, yesterday] = blocks.map((json) =>
    planOf(JSON.parse(json), (name) => readFileSync(join(scenarios, name), 'utf8')),
  );
  // 20 slots at 1.5 and 8 at 1, 100 ms of work
  expect(checkout?.capacityPerSecond).toBeCloseTo(380, 9);
  expect(yesterday?.trace?.types).toContain('CHAT');
});

it('lists the ready scenarios', () => {
  const listed = [...guide.matchAll(/^\| `([a-z-]+\.json)` \|/gm)].map(([, name]) => name);
  expect(listed.toSorted()).toEqual(readdirSync(scenarios).filter((name) => name.endsWith('.json')));
});
