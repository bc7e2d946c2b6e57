import type { IncomingMessage, ServerResponse } from "node:http";
import { readOutage, type Availability } from "./availability.ts";
import { errorBody, invalidKeyBody } from "./errors.ts";
import { describeModel, modelList } from "./models.ts";
import { tokenCount } from "./payloads.ts";
import { sendError } from "./play.ts";
import { createRecord, RequestBody, textOf, type RequestRecord } from "./record.ts";
import { findRequestFault } from "./request-faults.ts";
import { estimateTokens } from "./usage.ts";

export type Refuse = (status: number, body: unknown) => void;

export type Routes = Readonly<{
  /** The only key that is accepted; any, when undefined. */
  apiKey: string | undefined;
  /** Answers a request that is well-formed. */
  generate(record: RequestRecord, response: ServerResponse, refuse: Refuse): Promise<void>;
  /** What is wrong with models, and what `POST /fake/models/<id>?is=retired` changes. */
  availability: Availability;
  /** What `GET /fake/requests` shows. */
  requests(): readonly RequestRecord[];
}>;

const MODEL_PATH = /^\/v1(?:beta|alpha)?\/models\/([^/:]+)(?::(\w+))?$/;
const DEFAULT_PAGE_SIZE = 50;
const MAX_BODY_BYTES = 20 * 1024 * 1024; // the real service's limit

/** Finds out what a request wants, and refuses with Gemini's own errors what the real service would refuse. */
export async function routeRequest(request: IncomingMessage, response: ServerResponse, routes: Routes): Promise<void> {
  const url = new URL(request.url ?? "/", "http://fake");
  if (request.method === "GET" && url.pathname === "/fake/requests") return sendJson(response, routes.requests());
  const [, steered] = /^\/fake\/models\/([^/]+)$/.exec(url.pathname) ?? [];
  if (request.method === "POST" && steered !== undefined) return sendJson(response, steer(steered, url, routes));

  const sse = url.searchParams.get("alt") === "sse";
  const refuse: Refuse = (status, body) =>
    sendError(response, status, body, { contentType: sse ? "text/event-stream" : undefined });

  const key = request.headers["x-goog-api-key"] ?? url.searchParams.get("key");
  if (!key) return refuse(403, errorBody(403, { message: NO_KEY }));
  if (routes.apiKey !== undefined && key !== routes.apiKey) return refuse(400, invalidKeyBody());

  if (request.method === "GET" && /^\/v1(?:beta|alpha)?\/models\/?$/.test(url.pathname)) {
    const size = Number(url.searchParams.get("pageSize") ?? DEFAULT_PAGE_SIZE);
    return sendJson(response, modelList({ size, token: url.searchParams.get("pageToken") }, routes.availability.has));
  }
  const [, modelName, method] = MODEL_PATH.exec(url.pathname) ?? [];
  if (modelName === undefined) return refuse(404, errorBody(404));
  const model = describeModel(decodeURIComponent(modelName));
  if (!model) return refuse(404, errorBody(404, { message: unknownModel(modelName, method) }));
  const id = decodeURIComponent(modelName);
  if (request.method === "GET" && method === undefined && routes.availability.has(id)) return sendJson(response, model);
  if (request.method !== "POST") return refuse(404, errorBody(404));

  const body = await readBody(request);
  if (typeof body === "string") return refuse(400, errorBody(400, { message: body }));
  switch (method) {
    case "countTokens":
      return sendJson(response, tokenCount(estimateTokens((body.contents ?? []).map(textOf).join("\n"))));
    case "generateContent":
    case "streamGenerateContent": {
      const fault = findRequestFault(id, body);
      if (fault !== undefined) return refuse(400, fault);
      const record = createRecord(method, id, body);
      return routes.generate(record, response, (status, error) => {
        record.status = status;
        refuse(status, error);
      });
    }
    case undefined:
    default:
      return refuse(404, errorBody(404));
  }
}

/** `?is=retired`, `overloaded`, `minute`, `day` (with `times=` and `retry-after=`), anything else for well again. */
function steer(model: string, { searchParams }: URL, { availability }: Routes) {
  const retryAfter = searchParams.get("retry-after");
  const outage = readOutage(searchParams.get("is") ?? "", retryAfter === null ? undefined : Number(retryAfter));
  const times = searchParams.get("times");
  if (outage) availability.set(model, { ...outage, ...(times !== null && { times: Number(times) }) });
  else availability.restore(model);
  return { model, outage: outage ?? null };
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

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "Content-Type": "application/json; charset=UTF-8" });
  response.end(JSON.stringify(body));
}
