import { declareOnce, REQUEST_BUCKETS } from "../platform/telemetry/metrics.ts";
import type { OperationName } from "./graphql/describe-operation.ts";

export type CountRequest = (
  transport: "http" | "websocket",
  operation: Partial<OperationName> & Readonly<{ errorCode?: string | null | undefined }>,
  ms: number,
) => void;

/**
 * Counts requests and operations of sockets. An operation is known by the first field that it asks for, as clients may
 * choose any name. The time of a subscription is its client's choice too, and is not counted.
 */
export const requestCounter = declareOnce((metrics): CountRequest => {
  const labels = ["transport", "kind", "field"] as const;
  const requests = metrics.counter("colloquy_requests_total", "Requests, and operations of sockets, that have ended.", [
    ...labels,
    "code",
  ]);
  const times = metrics.histogram("colloquy_request_duration_seconds", "Queries and mutations, to their last byte.", {
    labels,
    buckets: REQUEST_BUCKETS,
  });
  return (transport, { kind = "none", field, errorCode }, ms) => {
    const operation = { transport, kind, field: field ?? "none" };
    requests.inc({ ...operation, code: errorCode ?? "OK" });
    if (kind === "query" || kind === "mutation") times.observe(operation, ms / 1_000);
  };
});
