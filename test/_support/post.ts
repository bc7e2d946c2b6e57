import { expect } from "vitest";
import { ERROR_CODES } from "../../src/errors.ts";

/** An answer over HTTP as it came. */
export type RawAnswer<Data = Record<string, unknown>> = Readonly<{
  status: number;
  headers: Headers;
  text: string;
  /** Undefined where the answer is no GraphQL result. */
  data?: Data | null;
  errors: readonly { message: string; path?: readonly string[]; extensions: Record<string, unknown> }[];
  /** The codes of the errors, in their order. */
  codes: readonly string[];
}>;

const REQUEST_LIMIT_MS = 30_000;

/** Posts an operation, or whatever else a test has for a body. */
export async function post<Data = Record<string, unknown>>(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<RawAnswer<Data>> {
  return ask<Data>(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** Any request at all. Fails when an error has a code that is not on the list. */
export async function ask<Data = Record<string, unknown>>(
  url: string,
  request: RequestInit = {},
): Promise<RawAnswer<Data>> {
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  const text = await response.text();
  const result = readResult<Data>(text);
  const errors = result.errors ?? [];
  const codes = errors.map(({ extensions }) => String(extensions?.["code"]));
  for (const code of codes) expect(Object.keys(ERROR_CODES)).toContain(code);
  return {
    status: response.status,
    headers: response.headers,
    text,
    ...("data" in result && { data: result.data ?? null }),
    errors,
    codes,
  };
}

function readResult<Data>(text: string): Partial<Pick<RawAnswer<Data>, "data" | "errors">> {
  try {
    const result: unknown = JSON.parse(text);
    return typeof result === "object" && result !== null ? result : {};
  } catch {
    return {};
  }
}
