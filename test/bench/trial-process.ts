/** The process of one trial: `node trial-process.js <name> <parameters as JSON>`. */
import { trials } from './trials/index.ts';

const [name = '', params = '{}'] = process.argv.slice(2);
const run: unknown = Reflect.get(trials, name);
if (typeof run !== 'function') throw new Error(`unknown trial ${name}`);
const value: unknown = await run(JSON.parse(params));
if (process.send === undefined) console.log(value);
else process.send({ value }, () => process.disconnect());
