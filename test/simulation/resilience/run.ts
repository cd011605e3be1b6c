import { parseArgs } from 'node:util';
import type { Figure } from './figures.ts';
import { rows } from './rows.ts';

const { values } = parseArgs({
  options: {
    case: { type: 'string', default: '' },
    seeds: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '10' },
  },
});

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const shown = (x: number): string => (Number.isInteger(x) ? String(x) : x.toPrecision(3));

function tell({ what, value, most, unit, note }: Figure): void {
  const verdict = value <= most ? 'met   ' : 'MISSED';
  say(
    `  ${verdict} ${what}: ${shown(value)} ${unit} (at most ${most})${note === undefined || note === '' ? '' : ` ${note}`}`,
  );
}

const pattern = new RegExp(values.case);
for (const [name, row] of Object.entries(rows)) {
  if (!pattern.test(name)) continue;
  say(name);
  for await (const figure of row(Number(values.seeds), Number(values.minutes))) tell(figure);
}
