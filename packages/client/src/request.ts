import type { Operation } from "./operation.ts";
import type { AccessTokens } from "./session/access-tokens.ts";
import { backOff, wait } from "./live/waking.ts";

/** What the API refused, by the code of its errors; `details` are the error's extensions. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, details: Readonly<Record<string, unknown>>) {
    super(message);
    this.code = String(details["code"]);
    this.details = details;
  }
}

/** The API was not reached, or did not answer in time. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
}

/** Runs a query or a mutation. @throws {ApiError} what the API refused; {NetworkError}; {SignedOut} */
export type Request = <Data, Variables>(operation: Operation<Data, Variables>, variables: Variables) => Promise<Data>;

export type Endpoint = Readonly<{
  /** `https://…/graphql` */
  url: string;
  fetch: typeof fetch;
}>;

/** How long the server has to answer, in milliseconds. */
const ANSWER_LIMIT_MS = 30_000;

type Answer = { data?: unknown; errors?: readonly { message: string; extensions?: Record<string, unknown> }[] };

/** POSTs JSON. @throws {ApiError} {NetworkError} */
export async function post(
  { fetch: send, url }: Endpoint,
  body: object,
  options: { token?: string; keepalive?: boolean } = {},
): Promise<unknown> {
  let status = 0;
  let answer: Answer | null = null;
  try {
    const response = await send(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/graphql-response+json, application/json",
        ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
      },
      body: JSON.stringify(body),
      keepalive: options.keepalive ?? false,
      // A network that is gone answers nothing and closes nothing.
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    status = response.status;
    answer = (await response.json()) as Answer;
  } catch (cause) {
    // A proxy's page is no JSON.
    if (status < 400 || status >= 500) throw new NetworkError("The server cannot be reached.", { cause });
  }
  const [error] = answer?.errors ?? [];
  if (error) throw new ApiError(error.message, error.extensions ?? {});
  if (!answer || status >= 400) throw new ApiError(`The server answered ${status}.`, { code: `HTTP_${status}` });
  return answer.data;
}

/** Runs operations with the token of the moment; one that is refused is renewed once. */
export const createRequest =
  (endpoint: Endpoint, tokens: AccessTokens): Request =>
  async <Data, Variables>(query: Operation<Data, Variables>, variables: Variables) => {
    for (let first = true; ; first = false) {
      const token = await tokens.get();
      try {
        return (await post(endpoint, { query, variables }, { token })) as Data;
      } catch (error) {
        if (!first || !(error instanceof ApiError) || error.code !== "UNAUTHENTICATED") throw error;
        tokens.refuse(token);
      }
    }
  };

/** Whether the same call may succeed a while later. */
const isTransient = (error: unknown): boolean =>
  error instanceof NetworkError ||
  (error instanceof ApiError && (error.code === "UNAVAILABLE" || error.code === "RATE_LIMITED"));

/**
 * Calls until something else than a passing fault comes of it.
 *
 * @param tries how many at most
 * @throws what the last one did, at once when the signal aborts
 */
export async function persist<Result>(
  call: () => Promise<Result>,
  { signal, tries = Infinity }: { signal: AbortSignal; tries?: number },
): Promise<Result> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await call();
    } catch (error) {
      if (signal.aborted || !isTransient(error) || failures + 1 >= tries) throw error;
      const retryAfter = error instanceof ApiError ? Number(error.details["retryAfter"] ?? 0) * 1_000 : 0;
      await new Promise<void>((resolve) => {
        const stop = wait(retryAfter + backOff(failures), resolve, retryAfter);
        signal.addEventListener("abort", () => (stop(), resolve()), { once: true });
      });
      if (signal.aborted) throw error;
    }
  }
}
