import { post, type Endpoint } from "../request.ts";
import { SignedOut, type AccessToken } from "./access-tokens.ts";
import type { TokenSource } from "./token-source.ts";
import { withLock } from "./with-lock.ts";

/** What the server tells of a session whose refresh token is in a cookie. `expiresIn` is in milliseconds. */
type PageSession = { accessToken: string; expiresIn: number } | null;

const LOCK = "colloquy:renew";

/**
 * For pages of the API's own origin: the refresh token is in a cookie that no script can read. One tab at a time renews, as
 * each renewal sets another cookie.
 *
 * @param url where the sessions are, beside `/graphql` by default
 */
export function createCookieTokens({ url }: { url?: string } = {}): TokenSource {
  async function call(endpoint: Endpoint, name: string, input: object = {}): Promise<AccessToken | null> {
    const base = url ?? endpoint.url.replace(/graphql\/?(\?.*)?$/, "session");
    // It goes on when the page is left: an answer that sets the cookie must not be lost.
    const session = (await post({ ...endpoint, url: `${base}/${name}` }, input, { keepalive: true })) as PageSession;
    return session && { token: session.accessToken, expiresAt: new Date(Date.now() + session.expiresIn) };
  }
  const open = async (endpoint: Endpoint, name: string, input: object): Promise<AccessToken> => {
    const token = await withLock(LOCK, () => call(endpoint, name, input));
    if (!token) throw new SignedOut("Nobody is signed in.");
    return token;
  };
  return {
    renew: (endpoint) => open(endpoint, "refresh", {}),
    enterCode: (endpoint, input) => open(endpoint, "verify-otp", input),
    withPassword: (endpoint, input) => open(endpoint, "sign-in", input),
    async signOut(endpoint) {
      await withLock(LOCK, () => call(endpoint, "sign-out"));
    },
  };
}
