/**
 * `npm run bench:ways [-- signals | messages | threads] [--rounds 30]`: what it costs to ask by another way than plain `execute`. Each kind
 * compares neighbours in one process, in slices of 100 ms.
 */
import { parseArgs } from 'node:util';
import { openMessages } from './messages.ts';
import { sideBySide } from './side-by-side.ts';
import { type Opened, openSignals } from './signals.ts';
import { openThreads } from './threads.ts';

const KINDS: Record<string, { readonly open: () => Promise<Opened>; readonly inFlight: readonly number[] }> = {
  signals: { open: openSignals, inFlight: [1, 11, 64, 256, 1_000, 10_000] },
  messages: { open: openMessages, inFlight: [64, 256] },
  threads: { open: openThreads, inFlight: [64] },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '30' },
    'in-flight': { type: 'string' },
    ms: { type: 'string', default: '100' },
    only: { type: 'string' },
  },
});

for (const kind of positionals.length === 0 ? Object.keys(KINDS) : positionals) {
  const { open, inFlight } = KINDS[kind] ?? process.exit(1);
  const { ways, close } = await open();
  const chosen = values.only === undefined ? ways : ways.filter(({ name }) => name === values.only);
  for (const n of values['in-flight']?.split(',').map(Number) ?? inFlight) {
    const cost = await sideBySide(chosen, n, { rounds: Number(values.rounds), ms: Number(values.ms) });
    const first = cost.get(chosen[0]?.name ?? '') ?? Number.NaN;
    const row = [...cost].map(
      ([name, us]) => `${name} ${us.toFixed(2)} µs (×${(us / first).toFixed(2)}, ${(us - first).toFixed(2)})`,
    );
    console.log(`${kind}, ${n} in flight: ${row.join('; ')}`);
  }
  await close();
}
