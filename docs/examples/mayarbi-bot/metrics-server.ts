import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PROMETHEUS_CONTENT_TYPE, renderPrometheus, type TelemetrySource } from 'plimsoll/prometheus';

export interface MetricsServer {
  readonly url: string;
  close(): void;
}

/** Serves the balancer's metrics to Prometheus on the loopback. @param port 0: any that is free. */
export async function serveMetrics(balancer: TelemetrySource, port: number): Promise<MetricsServer> {
  const server = createServer((_, response) => {
    response.setHeader('content-type', PROMETHEUS_CONTENT_TYPE).end(renderPrometheus(balancer));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}/metrics`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
