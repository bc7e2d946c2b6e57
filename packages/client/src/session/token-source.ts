import {
  EnterCode,
  EndSession,
  WithPassword,
  type EnterCodeVariables,
  type Tokens,
  type WithPasswordVariables,
} from "./session-documents.ts";
import { RenewTokens } from "../documents.ts";
import { ApiError, post, type Endpoint } from "../request.ts";
import { receiveToken, SignedOut, type AccessToken } from "./access-tokens.ts";
import { withLock } from "./with-lock.ts";

/** Where a client gets its access tokens from. An app with sessions of its own needs `renew` alone. */
export type TokenSource = Readonly<{
  /**
   * Gets an access token that is good for a while.
   *
   * @param refused one that the server does not take; null if there is none
   * @throws {SignedOut} when the session is over; anything else when it may work another time
   */
  renew(endpoint: Endpoint, refused: string | null): Promise<AccessToken>;
  /** Opens a session. @throws {ApiError} */
  enterCode?(endpoint: Endpoint, input: EnterCodeVariables): Promise<AccessToken>;
  withPassword?(endpoint: Endpoint, input: WithPasswordVariables): Promise<AccessToken>;
  /** Ends the session, with its present access token if there is one. */
  signOut?(endpoint: Endpoint, token: string | null): Promise<void>;
}>;

/** What is kept of a session. `expiresAt` is by this device's clock, in milliseconds. */
export type StoredSession = Readonly<{ refreshToken: string; access?: Readonly<{ token: string; expiresAt: number }> }>;

/** Where it is kept: a phone's keychain, or what the tabs of a browser share. */
export type SessionStore = Readonly<{ read(): StoredSession | null; write(session: StoredSession | null): void }>;

/** Another tab's access token is taken when it is good for so long, in milliseconds. */
const GOOD_FOR_MS = 30_000;

/**
 * Keeps the refresh token in a store. Of the tabs that share it one renews, where there are locks (`navigator.locks`); the
 * others take what it got. Without locks the server gives tabs that renew at once the same token.
 *
 * @param name of the lock
 */
export function createStoredTokens(store: SessionStore, name = "colloquy:session"): TokenSource {
  const keep = (tokens: Tokens): AccessToken => {
    const access = receiveToken(tokens);
    const expiresAt = access.expiresAt.getTime();
    store.write({ refreshToken: tokens.refreshToken, access: { token: access.token, expiresAt } });
    return access;
  };

  return {
    renew: (endpoint, refused) =>
      withLock(name, async () => {
        const session = store.read();
        if (!session) throw new SignedOut("Nobody is signed in.");
        const { refreshToken, access } = session;
        if (access && access.token !== refused && access.expiresAt - GOOD_FOR_MS > Date.now())
          return { token: access.token, expiresAt: new Date(access.expiresAt) };
        try {
          const data = await post(endpoint, { query: RenewTokens, variables: { refreshToken } });
          return keep((data as { refreshSession: Tokens }).refreshSession);
        } catch (error) {
          if (!(error instanceof ApiError) || error.code !== "UNAUTHENTICATED") throw error;
          if (store.read()?.refreshToken === refreshToken) store.write(null);
          throw new SignedOut(error.message);
        }
      }),
    async enterCode(endpoint, variables) {
      const data = await post(endpoint, { query: EnterCode, variables });
      return keep((data as { verifyOtp: Tokens }).verifyOtp);
    },
    async withPassword(endpoint, variables) {
      const data = await post(endpoint, { query: WithPassword, variables });
      return keep((data as { signIn: Tokens }).signIn);
    },
    async signOut(endpoint, token) {
      if (token !== null) await post(endpoint, { query: EndSession }, { token });
      store.write(null);
    },
  };
}

/** Keeps the session for as long as the page or the process lasts. */
export function createMemoryTokens(refreshToken?: string): TokenSource {
  let session: StoredSession | null = refreshToken === undefined ? null : { refreshToken };
  return createStoredTokens({ read: () => session, write: (next) => void (session = next) }, "");
}

type WebStorage = {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
};

/**
 * Keeps the session in `localStorage`, for all tabs. Any script of the page can read it: a page of the API's own origin
 * should take `createCookieTokens`.
 */
export function createStorageTokens({
  key = "colloquy:session",
  storage = (globalThis as { localStorage?: WebStorage }).localStorage,
}: { key?: string; storage?: WebStorage | undefined } = {}): TokenSource {
  if (!storage) throw new TypeError("There is no localStorage here: name a storage.");
  return createStoredTokens(
    {
      read() {
        try {
          return JSON.parse(storage.getItem(key) ?? "null") as StoredSession | null;
        } catch {
          return null;
        }
      },
      write: (session) => (session ? storage.setItem(key, JSON.stringify(session)) : storage.removeItem(key)),
    },
    key,
  );
}
