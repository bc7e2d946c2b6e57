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

/** A token that expires sooner is not worth connecting with, in milliseconds. */
const MARGIN_MS = 10_000;

/**
 * Keeps the access token that everything shares.
 *
 * @param renew asks the server for the next token; throws `SignedOut` when the session is over, anything else when it
 *   may work another time
 */
export function createAccessTokens(renew: () => Promise<AccessToken>, first?: AccessToken): AccessTokens {
  let current = first;
  // A refresh token works once: however many ask at the same time, it is sent once.
  let renewing: Promise<AccessToken> | undefined;

  return {
    async get() {
      if (current && current.expiresAt.getTime() - Date.now() > MARGIN_MS) return current.token;
      renewing ??= renew().finally(() => (renewing = undefined));
      current = await renewing;
      return current.token;
    },
    refuse(token) {
      // Another connection may have renewed it in the meantime.
      if (current?.token === token) current = undefined;
    },
  };
}

/** `fetch` with the access token, for the queries and mutations of any GraphQL client. */
export function createAuthorizedFetch(tokens: AccessTokens): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("authorization", `Bearer ${await tokens.get()}`);
    return fetch(input, { ...init, headers });
  };
}
