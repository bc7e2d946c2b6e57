import { ApiError, NetworkError } from "../../../packages/client/src/request.ts";
import { callSession, type PageSession } from "./session-api.ts";
import { readToken, storeToken, type Token } from "./token-store.ts";

export type SessionState =
  | { readonly status: "unknown" }
  | { readonly status: "signed-out" }
  | { readonly status: "signed-in"; readonly userId: string; readonly sessionId: string };

/** Who is signed in, for this page and all tabs of the browser. */
export type Session = Readonly<{
  getState(): SessionState;
  subscribe(listener: () => void): () => void;
  /** @returns a token that is good for a while; null when nobody is signed in */
  getAccessToken(): Promise<string | null>;
  /** Gets another token than `refused`, unless another tab has done so. @returns as `getAccessToken` */
  renew(refused: string | null): Promise<string | null>;
  /** Signs in by `verify-otp`, `sign-in` or `reset-password`. @throws {ApiError} */
  open(how: "verify-otp" | "sign-in" | "reset-password", input: object): Promise<void>;
  signOut(): Promise<void>;
}>;

/** A token is renewed so long before its end, in milliseconds, but not before three quarters of its life. */
const RENEW_EARLY_MS = 60_000;
/** One tab renews; the others wait for it and take what it got. */
const LOCK = "colloquy:renew";

type Message = { kind: "token"; token: Token } | { kind: "signed-out" };

export function createSession(): Session {
  const channel = new BroadcastChannel("colloquy:session");
  const listeners = new Set<() => void>();
  let token = readToken();
  let state: SessionState = token ? signedIn(token) : { status: "unknown" };
  let renewing: Promise<string | null> | null = null;

  const accept = (next: Token | null): void => {
    const before = JSON.stringify(state);
    token = next;
    storeToken(next);
    state = next ? signedIn(next) : { status: "signed-out" };
    if (JSON.stringify(state) === before) return;
    for (const listener of listeners) listener();
  };
  const announce = (message: Message): void => channel.postMessage(message);
  channel.addEventListener("message", ({ data }: MessageEvent<Message>) => {
    accept(data.kind === "token" ? data.token : null);
  });

  const isFresh = (candidate: Token | null, refused: string | null): candidate is Token =>
    candidate !== null && candidate.text !== refused && candidate.renewAt > Date.now();

  const take = (session: PageSession | null): string | null => {
    const next = session && toToken(session);
    accept(next);
    announce(next ? { kind: "token", token: next } : { kind: "signed-out" });
    return next?.text ?? null;
  };

  const renew = (refused: string | null): Promise<string | null> => {
    renewing ??= navigator.locks
      .request(LOCK, async () => (isFresh(token, refused) ? token.text : take(await callSession("refresh"))))
      .finally(() => {
        renewing = null;
      });
    return renewing;
  };

  const session: Session = {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async getAccessToken() {
      if (state.status === "signed-out") return null;
      if (isFresh(token, null)) return token.text;
      try {
        return await renew(null);
      } catch (error) {
        // The old one may be good for a minute still.
        const last = readToken();
        if (!last) throw error;
        return last.text;
      }
    },
    renew,
    async open(how, input) {
      take(await callSession(how, input));
    },
    async signOut() {
      await navigator.locks.request(LOCK, () => callSession("sign-out"));
      take(null);
    },
  };
  if (state.status === "unknown") void findOut(session);
  return session;
}

/** Asks until the server can be reached: without it nobody knows whether there is a session. */
async function findOut(session: Session): Promise<void> {
  for (let wait = 500; session.getState().status === "unknown"; wait = Math.min(wait * 2, 10_000)) {
    try {
      await session.renew(null);
    } catch (error) {
      if (!(error instanceof ApiError) && !(error instanceof NetworkError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

const signedIn = ({ userId, sessionId }: Token): SessionState => ({ status: "signed-in", userId, sessionId });

const toToken = ({ accessToken, expiresIn, userId, sessionId }: PageSession): Token => ({
  text: accessToken,
  renewAt: Date.now() + expiresIn - Math.min(RENEW_EARLY_MS, expiresIn / 4),
  expiresAt: Date.now() + expiresIn,
  userId,
  sessionId,
});
