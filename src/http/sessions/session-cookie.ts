import type { IncomingMessage, ServerResponse } from "node:http";
import type { Config } from "../../config.ts";

/** Holds the refresh token of a page of our own origin. */
export type SessionCookie = Readonly<{
  /** @returns undefined where there is none */
  read(request: IncomingMessage): string | undefined;
  store(response: ServerResponse, refreshToken: string): void;
  clear(response: ServerResponse): void;
}>;

const NAME = "colloquy-session";

/**
 * No script can read it (`HttpOnly`), no other site's page can send it (`SameSite=Strict`), and it goes to the addresses
 * of sessions alone: without a `Path` a browser takes the folder of the address that set it, also below a proxy's path.
 * With https it is `Secure`, and its name lets browsers refuse one that was set without TLS.
 */
export function createSessionCookie({ http, auth }: Config): SessionCookie {
  const secure = http.appUrl.startsWith("https:");
  const name = secure ? `__Secure-${NAME}` : NAME;
  const attributes = `HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
  const set = (response: ServerResponse, value: string, maxAge: number) =>
    response.setHeader("set-cookie", `${name}=${value}; Max-Age=${maxAge}; ${attributes}`);
  return {
    read({ headers }) {
      const pairs = (headers.cookie ?? "").split(";").map((pair) => pair.trim().split("="));
      return pairs.find(([key]) => key === name)?.[1];
    },
    store: (response, refreshToken) => set(response, refreshToken, Math.floor(auth.refreshTokenTtl / 1_000)),
    clear: (response) => set(response, "", 0),
  };
}
