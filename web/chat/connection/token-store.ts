/** An access token. Times are by this device's clock, in milliseconds. */
export type Token = Readonly<{
  text: string;
  /** From when on another one is asked for. */
  renewAt: number;
  expiresAt: number;
  userId: string;
  sessionId: string;
}>;

const KEY = "colloquy:access";

/**
 * The access token outlives a reload, in this tab alone: a page that is loaded again and again must not spend a refresh
 * token each time. It is good for minutes; the refresh token is where no script finds it.
 */
export function readToken(): Token | null {
  try {
    const token = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Token | null;
    return token && token.expiresAt > Date.now() ? token : null;
  } catch {
    return null;
  }
}

export function storeToken(token: Token | null): void {
  if (token) sessionStorage.setItem(KEY, JSON.stringify(token));
  else sessionStorage.removeItem(KEY);
}
