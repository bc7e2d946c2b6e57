import type { Memory } from "./memory.ts";

/** Where requests get their access token from. */
export type Tokens = {
  /**
   * A token that is good for a while yet, or null for nobody.
   *
   * @param refused one that the server did not take: another one is got in its place
   */
  get(refused?: string | null): Promise<string | null>;
};

/** The part of the browser's `navigator.locks` that is needed here; a page that is not on localhost or https has none. */
export type Locks = { request<T>(name: string, work: () => Promise<T>): Promise<T> };

export type TokensParts = { endpoint: string; memory: Memory; fetch: typeof fetch; locks: Locks | undefined };

/**
 * Renews the access token with the refresh token, shortly before it expires or when it was refused. All tabs of the
 * browser share both: one of them renews at a time, and the others take what it got. A session that is over leaves
 * nothing to sign in with.
 * Runs in the browser: the page gets this function's own text, so it can use nothing from outside of itself.
 */
export function createTokens({ endpoint, memory, fetch, locks }: TokensParts): Tokens {
  const query =
    "mutation ($refreshToken: String!) { refreshSession(refreshToken: $refreshToken) " +
    "{ accessToken accessTokenExpiresAt refreshToken } }";

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
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables: { refreshToken } }),
    });
    const { data, errors = [] } = (await response.json()) as {
      data?: unknown;
      errors?: { extensions?: { code?: unknown } }[];
    };
    if (errors.some(({ extensions }) => extensions?.code === "UNAUTHENTICATED")) {
      return memory.forget("accessToken", "refreshToken", "renewAt");
    }
    memory.learn(data, {});
  }

  return { get };
}
