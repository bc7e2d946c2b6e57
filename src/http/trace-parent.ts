import type { IncomingMessage } from "node:http";
import type { TrustProxy } from "../config.ts";
import type { TraceParent } from "../platform/telemetry/tracing.ts";
import { createProxyCheck } from "./guards/client-address.ts";

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const READABLE = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/** @returns reads the trace that a trusted proxy has begun; undefined for what a client says by itself */
export function createTraceReader(trust: TrustProxy): (request: IncomingMessage) => TraceParent | undefined {
  const isFromProxy = createProxyCheck(trust);
  return (request) => {
    const { traceparent } = request.headers;
    return typeof traceparent === "string" && READABLE.test(traceparent) && isFromProxy(request)
      ? traceparent
      : undefined;
  };
}
