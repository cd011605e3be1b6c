/** Serves a balancer's metrics to Prometheus, reads them once, and stops. */
import { createServer } from 'node:http';
import { LoadBalancer } from 'plimsoll';
import { PROMETHEUS_CONTENT_TYPE, renderPrometheus } from 'plimsoll/prometheus';

const balancer = await LoadBalancer.start({
  statePath: null,
  components: [
    { id: 'fast', handler: async () => 'done' },
    {
      id: 'slow',
      handler: async ({ payload }, { clock }) => new Promise((end) => clock.setTimeout(() => end(payload), 20)),
    },
  ],
});

const server = createServer((request, response) => {
  if (request.url !== '/metrics') return void response.writeHead(404).end();
  response.setHeader('content-type', PROMETHEUS_CONTENT_TYPE).end(renderPrometheus(balancer));
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1');

await Promise.all(Array.from({ length: 50 }, () => balancer.execute({ type: 'GENERAL', priority: 'HIGH' })));
const address = server.address();
const port = typeof address === 'object' ? address?.port : undefined;
const scrape = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
console.log(scrape.match(/^plimsoll_requests_submitted_total.*$/m)?.[0]);

server.close();
await balancer.stop();
