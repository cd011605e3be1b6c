// A balancer that keeps its state in the file that is named, until its standard input ends. `--crash`: ends without a word instead.
import { LoadBalancer } from '../../../src/index.ts';

const [path = '', how] = process.argv.slice(2);
const balancer = new LoadBalancer({
  components: [{ id: 'a', maxConcurrentTasks: 1, handler: () => {} }],
  statePath: path,
  logger: false,
});
balancer.on('alert.raised', ({ kind, message }) => process.stdout.write(`${kind}: ${message}\n`));
await balancer.start();
// what a start tells has been told
await new Promise((resolve) => setImmediate(resolve));
process.stdout.write('started\n');
process.stdin.resume();
process.stdin.once('end', () => {
  if (how === '--crash') process.kill(process.pid, 'SIGKILL');
  else void balancer.stop();
});
