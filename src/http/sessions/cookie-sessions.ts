import type { IncomingMessage, ServerResponse } from "node:http";
import { endSession } from "../../features/auth/end-session.ts";
import type { SignedIn } from "../../features/auth/open-session.ts";
import { refreshSession } from "../../features/auth/refresh-session.ts";
import { resetPassword } from "../../features/auth/reset-password.ts";
import { signIn } from "../../features/auth/sign-in.ts";
import { verifyOtp } from "../../features/auth/verify-otp.ts";
import { DomainError } from "../../errors.ts";
import type { HttpParts } from "../parts.ts";
import { noteRequest } from "../request-log.ts";
import { answerPagePosts } from "./answer-page-posts.ts";
import { createSessionCookie, type SessionCookie } from "./session-cookie.ts";

/** What a page of our own gets instead of `AuthPayload`: all but the refresh token. */
type PageSession = Readonly<{
  accessToken: string;
  /** In milliseconds from now: the page's clock may be wrong. */
  expiresIn: number;
  sessionId: string;
  userId: string;
}>;

const OPENINGS = { "verify-otp": verifyOtp, "sign-in": signIn, "reset-password": resetPassword } as const;

/**
 * Answers `POST /session/<name>` for pages of the API's own origin, whose refresh token is in a cookie that no script can
 * read.
 *
 * - `verify-otp`, `sign-in`, `reset-password`: with the input of the mutation; sets the cookie.
 * - `refresh`: exchanges the cookie, as `refreshSession` does. `data` is null when nobody is signed in.
 * - `sign-out`: ends the session and clears the cookie. `data` is null.
 */
export function createCookieSessions(parts: HttpParts) {
  const cookie = createSessionCookie(parts.app.config);
  return answerPagePosts(parts, (input, request, response) => answer(parts, cookie, { input, request, response }));
}

async function answer(
  { app, readAddress }: HttpParts,
  cookie: SessionCookie,
  { input, request, response }: { input: unknown; request: IncomingMessage; response: ServerResponse },
): Promise<PageSession | null> {
  const name = request.url?.split("?")[0]?.split("/").at(-1) ?? "";
  const device = { userAgent: request.headers["user-agent"] ?? null, ip: readAddress(request) };
  const token = cookie.read(request);
  if (isOpening(name)) return store(await OPENINGS[name](app, input, device));
  if (name === "sign-out") {
    if (token !== undefined) await endSession(app, token, device);
    cookie.clear(response);
    return null;
  }
  if (name !== "refresh") throw new DomainError("NOT_FOUND", "There is nothing here.");
  if (token === undefined) return null;
  try {
    return store(await refreshSession(app, token, device));
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== "UNAUTHENTICATED") throw error;
    cookie.clear(response);
    return null;
  }

  function store({ refreshToken, accessToken, accessTokenExpiresAt, session, user }: SignedIn): PageSession {
    cookie.store(response, refreshToken);
    noteRequest(response, { userId: user.id });
    const expiresIn = accessTokenExpiresAt.getTime() - app.clock.now().getTime();
    return { accessToken, expiresIn, sessionId: session.id, userId: user.id };
  }
}

const isOpening = (name: string): name is keyof typeof OPENINGS => Object.hasOwn(OPENINGS, name);
