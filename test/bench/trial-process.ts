/** The process of one trial: `node trial-process.js <name> <parameters as JSON>`. */
import { type Walked, walkAround } from './disturbance.ts';
import { trials } from './trials/index.ts';

const [name = '', params = '{}'] = process.argv.slice(2);
const run: unknown = Reflect.get(trials, name);
if (typeof run !== 'function') throw new Error(`unknown trial ${name}`);
const walked: Walked<unknown> = await walkAround(() => run(JSON.parse(params)));
if (process.send === undefined) console.log(walked.value);
else process.send(walked, () => process.disconnect());
