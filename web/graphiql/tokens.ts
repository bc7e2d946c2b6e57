import type { Memory } from "./memory.ts";

/** Where requests get their access token from. */
export type Tokens = {
  /**
   * A token that is good for a while yet, or null for nobody.
   *
   * @param refused one that the server did not take; it is replaced
   */
  get(refused?: string | null): Promise<string | null>;
};

/** `navigator.locks`, which only a page on localhost or https has. */
export type Locks = { request(name: string, work: () => Promise<void>): Promise<unknown> };

const REFRESH =
  "mutation ($refreshToken: String!) { refreshSession(refreshToken: $refreshToken) " +
  "{ accessToken accessTokenExpiresAt refreshToken } }";

/**
 * Renews the access token with the refresh token, shortly before it expires or when it was refused. All tabs of the
 * browser share both: one of them renews at a time, and the others take what it got. A session that is over leaves
 * nothing to sign in with.
 */
export function createTokens(parts: {
  endpoint: string;
  memory: Memory;
  fetch: typeof fetch;
  locks: Locks | undefined;
}): Tokens {
  const { endpoint, memory, fetch, locks } = parts;

  async function get(refused: string | null = null): Promise<string | null> {
    if (!isDue(refused)) return memory.recall("accessToken");
    const renewOnce = async () => {
      if (isDue(refused)) await renew();
    };
    await (locks ? locks.request("colloquy:refresh", renewOnce) : renewOnce());
    return memory.recall("accessToken");
  }

  function isDue(refused: string | null): boolean {
    const token = memory.recall("accessToken");
    return token !== null && (token === refused || Date.now() > Number(memory.recall("renewAt") ?? Infinity));
  }

  async function renew(): Promise<void> {
    const refreshToken = memory.recall("refreshToken");
    if (refreshToken === null) return memory.forget("accessToken");
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ query: REFRESH, variables: { refreshToken } });
    const response = await fetch(endpoint, { method: "POST", headers, body });
    type Answer = { data?: unknown; errors?: { extensions?: { code?: unknown } }[] };
    const { data, errors = [] } = (await response.json()) as Answer;
    const isOver = errors.some(({ extensions }) => extensions?.code === "UNAUTHENTICATED");
    return isOver ? memory.forget("accessToken", "refreshToken", "renewAt") : memory.learn(data, {});
  }

  return { get };
}
