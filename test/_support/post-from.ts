import { request } from "node:http";
import { json } from "node:stream/consumers";

const LIMIT_MS = 30_000;

/**
 * Posts an operation from an address of its own, such as 127.0.0.9: on Linux all of 127.0.0.0/8 is this machine.
 *
 * @returns the codes of the errors, `retryAfter` of the first, and the data
 */
export async function postFrom(
  address: string,
  url: string,
  query: string,
  variables: Record<string, unknown>,
  userAgent?: string,
): Promise<{ codes: unknown[]; retryAfter: unknown; data: unknown }> {
  const answer = await new Promise<unknown>((resolve, reject) => {
    const headers = { "content-type": "application/json", ...(userAgent !== undefined && { "user-agent": userAgent }) };
    const signal = AbortSignal.timeout(LIMIT_MS);
    const post = request(url, { method: "POST", localAddress: address, headers, agent: false, signal }, (response) => {
      json(response).then(resolve, reject);
    });
    post.on("error", reject).end(JSON.stringify({ query, variables }));
  });
  const { data, errors = [] } = answer as { data?: unknown; errors?: { extensions: Record<string, unknown> }[] };
  return {
    codes: errors.map(({ extensions }) => extensions["code"]),
    retryAfter: errors[0]?.extensions["retryAfter"],
    data,
  };
}
