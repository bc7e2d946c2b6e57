/** An access token, and until when it is good by this device's own clock. */
export type AccessToken = Readonly<{ token: string; expiresAt: Date }>;

/** Where every connection gets its access token from, each time it is made. */
export type AccessTokens = Readonly<{
  /**
   * A token that is good for a while yet.
   *
   * @throws {SignedOut} when there is no getting one without signing in
   */
  get(): Promise<string>;
  /** Tells that the server does not take this token; the next `get` renews it. */
  refuse(token: string): void;
}>;

/** The session is over. Nothing is tried again after this: show the sign-in page. */
export class SignedOut extends Error {
  override readonly name = "SignedOut";
}

/** A token that expires sooner is not worth connecting with: pings, which renew a socket's, go out more often. In milliseconds. */
const MARGIN_MS = 30_000;

/**
 * Tells how long a token that has just come is good for. The server's two times, when it was made and when it ends, make
 * the lifetime; that begins now. So it does not matter that this device's clock is wrong.
 *
 * @param answer what `verifyOtp`, `signIn` and `refreshSession` bring
 */
export function receiveToken(answer: { accessToken: string; accessTokenExpiresAt: string }): AccessToken {
  const { accessToken: token, accessTokenExpiresAt } = answer;
  const lifetimeMs = readLifetime(token);
  return { token, expiresAt: lifetimeMs === null ? new Date(accessTokenExpiresAt) : new Date(Date.now() + lifetimeMs) };
}

/** From the claims of the JWT that the token is; null for one that is none. */
function readLifetime(token: string): number | null {
  try {
    const claims = atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    const { iat, exp } = JSON.parse(claims) as { iat?: unknown; exp?: unknown };
    return typeof iat === "number" && typeof exp === "number" ? (exp - iat) * 1000 : null;
  } catch {
    return null;
  }
}

/**
 * Keeps the access token that everything shares.
 *
 * @param renew asks the server for another token than the one that it refused; throws `SignedOut` when the session is over, anything else when it
 *   may work another time
 */
export function createAccessTokens(
  renew: (refused: string | null) => Promise<AccessToken>,
  first?: AccessToken,
): AccessTokens & Readonly<{ set(token: AccessToken | null): void }> {
  let refused: string | null = null;
  let current = first && { token: first.token, renewAt: first.expiresAt.getTime() - MARGIN_MS };
  // A refresh token works once: however many ask at the same time, it is sent once.
  let renewing: Promise<{ token: string; renewAt: number }> | undefined;

  return {
    async get() {
      if (current && Date.now() < current.renewAt) return current.token;
      renewing ??= renew(refused)
        .then(({ token, expiresAt }) => ({ token, renewAt: timeToRenew(expiresAt) }))
        .finally(() => (renewing = undefined));
      current = await renewing;
      return current.token;
    },
    refuse(token) {
      // Another connection may have renewed it in the meantime.
      if (current?.token !== token) return;
      current = undefined;
      refused = token;
    },
    /** After signing in or out. */
    set(token) {
      current = token ? { token: token.token, renewAt: timeToRenew(token.expiresAt) } : undefined;
    },
  };
}

/**
 * A token that has just come is good, whatever this device's clock says of it: one that seems to have expired is used until
 * the server refuses it, and a short-lived one for half of its time.
 */
function timeToRenew(expiresAt: Date): number {
  const now = Date.now();
  const lifetimeMs = expiresAt.getTime() - now;
  return lifetimeMs > 0 ? now + Math.max(lifetimeMs - MARGIN_MS, lifetimeMs / 2) : Infinity;
}

/** `fetch` with the access token, for the queries and mutations of any GraphQL client. */
export function createAuthorizedFetch(tokens: AccessTokens): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("authorization", `Bearer ${await tokens.get()}`);
    return fetch(input, { ...init, headers });
  };
}
