/**
 * Where the time of the closed loop goes: `npm run bench:profile [-- --in-flight 256 --components 7 --ms 4000 --top 25
 * --settings '{"asyncContext":false}']`. Prints the functions by their own time and leaves `plimsoll.cpuprofile`, which
 * the developer tools of a browser open.
 */
import { writeFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector/promises';
import { parseArgs } from 'node:util';
import { startPlimsoll } from './competitors/plimsoll.ts';
import { closedLoop } from './loops.ts';

const { values } = parseArgs({
  options: {
    'in-flight': { type: 'string', default: '256' },
    ms: { type: 'string', default: '4000' },
    components: { type: 'string', default: '7' },
    settings: { type: 'string', default: '{}' },
    top: { type: 'string', default: '25' },
    out: { type: 'string', default: 'plimsoll.cpuprofile' },
  },
});

interface Own {
  readonly name: string;
  readonly where: string;
  us: number;
}

const shorten = (url: string): string =>
  url.replace(/^.*\/node_modules\//, '').replace(/^file:.*?\/(?=(?:dist|\.bench)\/)/, '');

/** Own time by function; samples of one function reached by several ways are one. */
function ownTimes({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Own[] {
  const byNode = new Map<number, Own>();
  const byFunction = new Map<string, Own>();
  for (const { id, callFrame } of nodes) {
    const { functionName, url, lineNumber } = callFrame;
    const where = url === '' ? '' : `${shorten(url)}:${lineNumber + 1}`;
    const key = `${functionName} ${where}`;
    const own = byFunction.get(key) ?? { name: functionName || '(anonymous)', where, us: 0 };
    byFunction.set(key, own);
    byNode.set(id, own);
  }
  for (const [k, id] of samples.entries()) {
    const own = byNode.get(id);
    if (own !== undefined) own.us += timeDeltas[k] ?? 0;
  }
  return [...byFunction.values()].sort((a, b) => b.us - a.us);
}

const running = await startPlimsoll({
  components: Number(values.components),
  settings: JSON.parse(values.settings),
});
await closedLoop(running, Number(values['in-flight']), 2_000);
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.setSamplingInterval', { interval: 200 });
await session.post('Profiler.start');
const { requests, wallMs, cpuMs } = await closedLoop(running, Number(values['in-flight']), Number(values.ms));
const { profile } = await session.post('Profiler.stop');
session.disconnect();
await running.stop();
writeFileSync(values.out, JSON.stringify(profile));

const own = ownTimes(profile);
const total = own.reduce((sum, { us }) => sum + us, 0);
console.log(
  `${requests} requests, ${values['in-flight']} in flight: ${((wallMs * 1_000) / requests).toFixed(2)} µs each, ` +
    `${((cpuMs * 1_000) / requests).toFixed(2)} µs of processor time (the profiler's own included)\n`,
);
console.log('  own %   ns/req  function');
for (const { name, where, us } of own.slice(0, Number(values.top))) {
  const share = ((100 * us) / total).toFixed(1).padStart(7);
  console.log(`${share} ${((us * 1_000) / requests).toFixed(0).padStart(8)}  ${name}  ${where}`);
}
