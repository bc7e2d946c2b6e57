import { receiveToken, SignedOut, type AccessToken } from "./access-tokens.ts";
import { RenewTokens, type RenewTokensData } from "../documents.ts";

/** Where an app keeps its refresh token: a phone's keychain, or what the tabs of a browser share. */
export type RefreshTokenStore = Readonly<{ read(): string | null; write(refreshToken: string): void }>;

/** How long the server has to answer, in milliseconds. */
const ANSWER_LIMIT_MS = 15_000;

type Answer = Readonly<{
  data?: RenewTokensData | null;
  errors?: readonly { message: string; extensions?: { code?: string } }[];
}>;

/**
 * Makes the `renew` of `createAccessTokens`: gets the next access token, and stores the next refresh token before anything
 * else happens. Tabs that renew at once get the same one, so it does not matter which of them stores it last.
 *
 * @param url `https://…/graphql`
 */
export function createRenewal(url: string, store: RefreshTokenStore): () => Promise<AccessToken> {
  return async () => {
    const refreshToken = store.read();
    if (refreshToken === null) throw new SignedOut("nobody is signed in");
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: RenewTokens, variables: { refreshToken } }),
      // A network that is gone answers nothing and closes nothing.
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    const { data, errors } = (await response.json()) as Answer;
    if (data) {
      store.write(data.refreshSession.refreshToken);
      return receiveToken(data.refreshSession);
    }
    const [error] = errors ?? [];
    if (error?.extensions?.code === "UNAUTHENTICATED") throw new SignedOut(error.message);
    throw new Error(`The session could not be renewed: ${error?.message ?? response.status}`);
  };
}
