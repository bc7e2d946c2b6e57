import type { IncomingMessage } from "node:http";
import { getOperationAST, OperationTypeNode, type DocumentNode } from "graphql";
import { JSON_TYPES } from "../guards/check-requests.ts";

/** An operation that is known to be valid, and is no subscription. */
export type PlainOperation = Readonly<{
  document: DocumentNode;
  operationName: string | null | undefined;
  variableValues: Readonly<Record<string, unknown>> | null | undefined;
}>;

/** Longer bodies are Yoga's, in bytes: what this one takes counts towards no budget before it is read. */
const MAX_BYTES = 16 * 1024;

/**
 * Which JSON a client takes, as Yoga reads its `Accept`: what it names first, if that is JSON.
 *
 * @returns null for a request that is no plain POST of an operation by its headers
 */
export function readPlainHeaders({ method, url, headers }: IncomingMessage): string | null {
  if (method !== "POST" || url !== "/graphql" || headers["content-encoding"] !== undefined) return null;
  const [type = ""] = headers["content-type"]?.split(";", 1) ?? [];
  if (!JSON_TYPES.has(type.trim().toLowerCase()) || !URL.canParse(`http://${headers.host}`)) return null;
  const [first = ""] = (headers.accept || "*/*").split(",", 1);
  return ANSWER_TYPES.get(first.trim().toLowerCase()) ?? null;
}

const ANSWER_TYPES = new Map([
  ["*/*", "application/json"],
  ["application/json", "application/json"],
  ["application/graphql-response+json", "application/graphql-response+json"],
]);

/**
 * Reads the body of a request that has come as a whole, which small ones mostly have once their headers were read.
 *
 * @param find knows the documents that are valid
 * @returns null for all that is not quite ordinary; then the request is as it was
 */
export function readPlainBody(
  req: IncomingMessage,
  find: (source: string) => DocumentNode | undefined,
): PlainOperation | null {
  const { readableLength: length } = req;
  if (length === 0 || length > MAX_BYTES || Number(req.headers["content-length"]) !== length) return null;
  const body = req.read() as Buffer;
  const operation = readOperation(body.toString(), find);
  if (!operation) req.unshift(body);
  return operation;
}

function readOperation(text: string, find: (source: string) => DocumentNode | undefined): PlainOperation | null {
  const params = parseObject(text);
  if (!params) return null;
  const { query, operationName, variables, extensions, ...others } = params;
  if (typeof query !== "string" || !isTextOrNone(operationName) || !isObjectOrNone(variables)) return null;
  if (!isObjectOrNone(extensions) || (extensions && "persistedQuery" in extensions)) return null;
  if (Object.keys(others).length > 0) return null;
  const document = find(query);
  const kind = document && getOperationAST(document, operationName)?.operation;
  if (!kind || kind === OperationTypeNode.SUBSCRIPTION) return null;
  return { document, operationName, variableValues: variables };
}

function parseObject(text: string): Params | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

type Params = Record<string, unknown>;

const isObject = (value: unknown): value is Params =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isObjectOrNone = (value: unknown): value is Params | null | undefined =>
  value === null || value === undefined || isObject(value);

const isTextOrNone = (value: unknown): value is string | null | undefined =>
  value === null || value === undefined || typeof value === "string";
