import type { IncomingMessage, ServerResponse } from "node:http";
import { endSession } from "../../features/auth/end-session.ts";
import type { SignedIn } from "../../features/auth/open-session.ts";
import { refreshSession } from "../../features/auth/refresh-session.ts";
import { resetPassword } from "../../features/auth/reset-password.ts";
import { signIn } from "../../features/auth/sign-in.ts";
import { verifyOtp } from "../../features/auth/verify-otp.ts";
import { DomainError } from "../../errors.ts";
import { mapError } from "../../graphql/map-error.ts";
import type { HttpParts } from "../parts.ts";
import { requestIdOf } from "../request-id.ts";
import { noteRequest } from "../request-log.ts";
import { readPagePost } from "./read-page-post.ts";
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
 * read. Answers are those of GraphQL: `{ data }`, or `{ errors }` with codes.
 *
 * - `verify-otp`, `sign-in`, `reset-password`: with the input of the mutation; sets the cookie.
 * - `refresh`: exchanges the cookie, as `refreshSession` does. `data` is null when nobody is signed in.
 * - `sign-out`: ends the session and clears the cookie. `data` is null.
 */
export function createCookieSessions(parts: HttpParts) {
  const cookie = createSessionCookie(parts.app.config);
  return (request: IncomingMessage, response: ServerResponse): void => {
    answer(parts, cookie, request, response).then(
      (data) => {
        noteRequest(response, { userId: data?.userId });
        send(response, 200, { data });
      },
      (error: unknown) => {
        const { message, extensions } = mapError(error, requestIdOf(response), parts.app.logger);
        noteRequest(response, { errorCode: String(extensions["code"]) });
        send(response, statusOf(extensions["code"]), { errors: [{ message, extensions }] });
      },
    );
  };
}

async function answer(
  parts: HttpParts,
  cookie: SessionCookie,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<PageSession | null> {
  const { app, readAddress } = parts;
  const name = request.url?.split("?")[0]?.split("/").at(-1) ?? "";
  const input = await readPagePost(parts, request);
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
    const expiresIn = accessTokenExpiresAt.getTime() - app.clock.now().getTime();
    return { accessToken, expiresIn, sessionId: session.id, userId: user.id };
  }
}

const isOpening = (name: string): name is keyof typeof OPENINGS => Object.hasOwn(OPENINGS, name);

/** A refusal in the person's words is a success of the transport, as in GraphQL. */
function statusOf(code: unknown): number {
  const statuses: Readonly<Record<string, number>> = {
    FORBIDDEN: 403,
    NOT_FOUND: 404,
    UNAVAILABLE: 503,
    INTERNAL: 500,
  };
  return statuses[String(code)] ?? 200;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
  response.end(`${JSON.stringify(body)}\n`);
}
