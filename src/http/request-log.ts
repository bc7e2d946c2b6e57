import type { IncomingMessage, ServerResponse } from "node:http";
import type { AppContext } from "../app-context.ts";
import type { OperationName } from "./graphql/describe-operation.ts";
import { requestCounter } from "./request-metrics.ts";
import { requestIdOf } from "./request-id.ts";
import type { Logger } from "../platform/logger.ts";

/** What is known of a request by the time it ends. */
export type RequestFacts = Partial<OperationName> &
  Readonly<{
    /** Null for somebody who is not signed in. */
    userId?: string | null | undefined;
    /** The code of the first error, as the client sees it. */
    errorCode?: string | null | undefined;
  }>;

const facts = new WeakMap<ServerResponse, RequestFacts>();

const lineLoggers = new WeakMap<Logger, Logger>();

/** Redacts nothing: these lines have no field for it, and to look through one takes ten times as long as to write it. */
function lineLoggerOf({ logger }: Pick<AppContext, "logger">): Logger {
  let lines = lineLoggers.get(logger);
  if (!lines) lineLoggers.set(logger, (lines = logger.child({}, { redact: [] })));
  return lines;
}

/** Adds what becomes known of a request while it is answered. */
export function noteRequest(response: ServerResponse, more: RequestFacts): void {
  const known = facts.get(response);
  if (known) Object.assign(known, more);
  else facts.set(response, { ...more });
}

/**
 * Logs a request over HTTP when it has ended, as one line. What people write stands in none: a path is logged as its
 * route names it, and an operation by its name.
 *
 * @param path as the table of routes has it
 */
export function logRequest(
  app: Pick<AppContext, "logger" | "metrics">,
  { request, response, path }: { request: IncomingMessage; response: ServerResponse; path: string },
): void {
  const startedAt = performance.now();
  const count = requestCounter(app.metrics);
  const { socket } = request;
  const before = socket.bytesWritten;
  response.once("close", () => {
    const ms = Math.round(performance.now() - startedAt);
    const known = facts.get(response) ?? {};
    count("http", known, ms);
    lineLoggerOf(app).info(
      {
        requestId: requestIdOf(response),
        transport: "http",
        method: request.method,
        path,
        status: response.statusCode,
        ...known,
        ms,
        // With its headers.
        bytes: socket.bytesWritten - before,
        ...(!response.writableFinished && { aborted: true }),
      },
      "request",
    );
  });
}

/** An operation of a socket that is under way, for the log. */
export type OpenOperation = {
  /** Of all its results so far. */
  bytes: number;
  facts: RequestFacts;
  /** Writes its line. The next calls do nothing. */
  end(): void;
};

/** Begins an operation of a socket, which is logged as a request is, with the same fields. */
export function openOperation(app: Pick<AppContext, "logger" | "metrics">, requestId: string): OpenOperation {
  const startedAt = performance.now();
  let ended = false;
  const open: OpenOperation = {
    bytes: 0,
    facts: {},
    end() {
      if (ended) return;
      ended = true;
      const ms = Math.round(performance.now() - startedAt);
      requestCounter(app.metrics)("websocket", open.facts, ms);
      lineLoggerOf(app).info({ requestId, transport: "websocket", ...open.facts, ms, bytes: open.bytes }, "request");
    },
  };
  return open;
}
