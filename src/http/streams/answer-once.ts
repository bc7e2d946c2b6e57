import type { ExecutionResult, GraphQLError } from "graphql";
import type { LiveFormat } from "./live-formats.ts";

type HttpHints = { status?: number; headers?: Record<string, string> };

/**
 * Answers a client that accepts only a stream with a stream of one result. A fault of the operation is a result too, as
 * GraphQL over SSE requires; other refusals have a status and JSON.
 */
export function answerOnce(
  result: ExecutionResult,
  format: LiveFormat,
  Response: typeof globalThis.Response,
): Response {
  const hints = (result.errors ?? []).map(({ extensions }) => (extensions["http"] ?? {}) as HttpHints);
  const refused = hints.find(({ status = 200 }) => status !== 200 && status !== 400);
  const json = JSON.stringify({ ...result, ...(result.errors && { errors: result.errors.map(withoutHints) }) });
  if (refused) {
    const headers = { ...refused.headers, "content-type": "application/json; charset=utf-8" };
    return new Response(json, { status: refused.status ?? 500, headers });
  }
  const [before, after] = format.result;
  const body = `${format.begin}${before}${json}${after}${format.end}`;
  return new Response(body, { headers: { "content-type": format.contentType } });
}

function withoutHints(error: GraphQLError): object {
  const { extensions, ...rest } = error.toJSON();
  const { http: _, ...others } = extensions ?? {};
  return { ...rest, extensions: others };
}
