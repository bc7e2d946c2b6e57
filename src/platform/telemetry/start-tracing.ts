import { turnTracingOn } from "./tracing.ts";

/**
 * Sends spans to an OpenTelemetry collector, by the settings that all its SDKs read (`OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, …). Nothing of the SDK is loaded unless it is on.
 *
 * @param service what the process is called where `OTEL_SERVICE_NAME` is not set
 * @returns `close` sends what is left
 */
export async function startTracing(service: string, isOn: boolean): Promise<{ close(): Promise<void> }> {
  if (!isOn) return { async close() {} };
  const [sdk, { OTLPTraceExporter }, resources] = await Promise.all([
    import("@opentelemetry/sdk-trace-node"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
  ]);
  const resource = resources
    .resourceFromAttributes({ "service.name": service })
    .merge(resources.detectResources({ detectors: [resources.envDetector] }));
  const spanProcessors = [new sdk.BatchSpanProcessor(new OTLPTraceExporter())];
  const provider = new sdk.NodeTracerProvider({ resource, spanProcessors });
  provider.register();
  turnTracingOn();
  // A collector that is away must not hold up the end.
  return { close: () => provider.shutdown().catch(() => {}) };
}
