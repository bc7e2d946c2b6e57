import type { SpanExporter } from "@opentelemetry/sdk-trace-node";
import type { Config } from "../../config.ts";
import type { Logger } from "../logger.ts";
import { withTimeout } from "../timing.ts";
import { turnTracingOn } from "./tracing.ts";

/** `ExportResultCode.SUCCESS`, of a package that is not loaded for one number. */
const SUCCESS = 0;
/** A collector that is away holds up the end for so long, in milliseconds; the SDK would try for 10 s. */
const CLOSE_LIMIT_MS = 2_000;

/**
 * Sends spans to an OpenTelemetry collector, by the settings that all its SDKs read (`OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, …). Nothing of the SDK is loaded unless it is on.
 *
 * @param service what the process is called where `OTEL_SERVICE_NAME` is not set
 * @returns `close` sends what is left
 */
export async function startTracing(
  service: string,
  { config, logger }: Readonly<{ config: Config; logger: Logger }>,
): Promise<{ close(): Promise<void> }> {
  if (!config.traces) return { async close() {} };
  const [sdk, { OTLPTraceExporter }, resources] = await Promise.all([
    import("@opentelemetry/sdk-trace-node"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
  ]);
  const resource = resources
    .resourceFromAttributes({ "service.name": service })
    .merge(resources.detectResources({ detectors: [resources.envDetector] }));
  const spanProcessors = [new sdk.BatchSpanProcessor(warnOfLoss(new OTLPTraceExporter(), logger))];
  const provider = new sdk.NodeTracerProvider({ resource, spanProcessors });
  provider.register();
  turnTracingOn();
  return { close: () => withTimeout(provider.shutdown(), CLOSE_LIMIT_MS, "the collector is away").catch(() => {}) };
}

/** The SDK drops what a collector does not take, and says nothing. It is told once, until the collector takes some again. */
function warnOfLoss(exporter: SpanExporter, logger: Logger): SpanExporter {
  let isLosing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const code: number = result.code;
        const isLost = code !== SUCCESS;
        if (isLost && !isLosing)
          logger.warn({ err: result.error }, "the collector does not take traces: they are lost");
        isLosing = isLost;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
