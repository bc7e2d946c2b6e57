import type { IncomingMessage, ServerResponse } from "node:http";
import { describeModel, errorBody, estimateTokens, invalidKeyBody, modelList, tokenCount } from "./payloads.ts";
import { sendError } from "./play.ts";
import { createRecord, RequestBody, textOf, type RequestRecord } from "./record.ts";

export type Routes = Readonly<{
  /** The only key that is accepted; any, when undefined. */
  apiKey: string | undefined;
  /** Answers a request that is well-formed. */
  generate(record: RequestRecord, response: ServerResponse): Promise<void>;
  /** What `GET /fake/requests` shows. */
  requests(): readonly RequestRecord[];
}>;

const MODEL_PATH = /^\/v1(?:beta|alpha)?\/models\/([^/:]+)(?::(\w+))?$/;
const MAX_BODY_BYTES = 20 * 1024 * 1024; // the real service's limit

/** Finds out what a request wants, and refuses with Gemini's own errors what the real service would refuse. */
export async function routeRequest(request: IncomingMessage, response: ServerResponse, routes: Routes): Promise<void> {
  const url = new URL(request.url ?? "/", "http://fake");
  if (request.method === "GET" && url.pathname === "/fake/requests") return sendJson(response, routes.requests());

  const sse = url.searchParams.get("alt") === "sse";
  const refuse = (status: number, body: unknown): void =>
    sendError(response, status, body, { contentType: sse ? "text/event-stream" : undefined });

  const key = request.headers["x-goog-api-key"] ?? url.searchParams.get("key");
  if (!key) return refuse(403, errorBody(403, { message: NO_KEY }));
  if (routes.apiKey !== undefined && key !== routes.apiKey) return refuse(400, invalidKeyBody());

  if (request.method === "GET" && /^\/v1(?:beta|alpha)?\/models\/?$/.test(url.pathname)) {
    return sendJson(response, modelList());
  }
  const [, modelName, method] = MODEL_PATH.exec(url.pathname) ?? [];
  if (modelName === undefined) return refuse(404, errorBody(404));
  const model = describeModel(decodeURIComponent(modelName));
  if (!model) return refuse(404, errorBody(404, { message: unknownModel(modelName, method) }));
  if (request.method === "GET" && method === undefined) return sendJson(response, model);
  if (request.method !== "POST") return refuse(404, errorBody(404));

  const body = await readBody(request);
  if (typeof body === "string") return refuse(400, errorBody(400, { message: body }));
  switch (method) {
    case "countTokens":
      return sendJson(response, tokenCount(estimateTokens((body.contents ?? []).map(textOf).join("\n"))));
    case "generateContent":
    case "streamGenerateContent": {
      const fault = findFault(body);
      if (fault !== undefined) return refuse(400, errorBody(400, { message: fault }));
      return routes.generate(createRecord(method, decodeURIComponent(modelName), body), response);
    }
    case undefined:
    default:
      return refuse(404, errorBody(404));
  }
}

const NO_KEY =
  "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form " +
  "of API consumer identity to call this API.";

function unknownModel(model: string, method = "generateContent"): string {
  return (
    `models/${model} is not found for API version v1beta, or is not supported for ${method}. ` +
    "Call ListModels to see the list of available models and their supported methods."
  );
}

/** The parsed body, or the words in which the real service complains about it. */
async function readBody(request: IncomingMessage): Promise<RequestBody | string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return `Request payload size exceeds the limit: ${MAX_BODY_BYTES} bytes.`;
    chunks.push(chunk);
  }
  try {
    return RequestBody.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
  } catch {
    return "Invalid JSON payload received.";
  }
}

/** A turn without text is an error to Gemini, and an easy mistake with a reply that was stopped before its first word. */
function findFault(body: RequestBody): string | undefined {
  if (!body.contents?.length) return "* GenerateContentRequest.contents: contents is not specified\n";
  for (const [turn, content] of body.contents.entries()) {
    const at = `* GenerateContentRequest.contents[${turn}].parts`;
    if (!content.parts?.length) return `${at}: contents.parts must not be empty.\n`;
    const empty = content.parts.findIndex((part) => part.text === "" || Object.keys(part).length === 0);
    if (empty !== -1) return `${at}[${empty}].data: required oneof field 'data' must have one initialized field\n`;
  }
  return undefined;
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "Content-Type": "application/json; charset=UTF-8" });
  response.end(JSON.stringify(body));
}
