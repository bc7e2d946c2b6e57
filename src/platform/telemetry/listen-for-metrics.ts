import { createServer } from "node:http";
import type { Logger } from "../logger.ts";
import { listen } from "../listen.ts";
import { watchRoundTrips, type Probes } from "./round-trips.ts";
import type { Metrics } from "./metrics.ts";

/**
 * Serves `/metrics` on a port of its own, which the public never reaches. Nothing without a port: then nothing is measured
 * that is not counted anyway.
 *
 * @param options.probes what to ask each service, to time its answer
 */
export async function listenForMetrics(
  { metrics, logger }: { metrics: Metrics; logger: Logger },
  options: { port: number | undefined; host: string; probes: Probes },
): Promise<{ close(): void }> {
  const { port, host, probes } = options;
  if (port === undefined) return { close() {} };
  const server = createServer((request, response) => {
    if (request.url?.split("?")[0] !== "/metrics") return void response.writeHead(404).end();
    metrics.text().then(
      (text) => response.writeHead(200, { "content-type": metrics.contentType }).end(text),
      (error: unknown) => {
        logger.error({ err: error }, "could not collect the metrics");
        response.writeHead(500).end();
      },
    );
  });
  const taken = await listen(server, { port, host, portSetting: "METRICS_PORT", hostSetting: "HOST" });
  metrics.watchRuntime();
  const stopProbing = watchRoundTrips(metrics, probes);
  logger.info({ metricsPort: taken, host }, "metrics are served");
  return {
    close() {
      stopProbing();
      server.close();
      server.closeAllConnections();
    },
  };
}
