import { SignedOut } from "../session/access-tokens.ts";

/** What to do when a subscription has broken off. */
export type Verdict = Readonly<{
  again: boolean;
  /** The server does not take the present access token (any more). */
  newToken?: true;
  /** How long the server asked to wait, at least. */
  waitMs?: number;
}>;

const STOP: Verdict = { again: false };
const AGAIN: Verdict = { again: true };
const WITH_NEW_TOKEN: Verdict = { again: true, newToken: true };

/** Faults of the program itself, by graphql-transport-ws' close codes and graphql-ws' own: the next try would meet them too. */
const FATAL_CODES = new Set([4004, 4005, 4400, 4401, 4406, 4409, 4429, 4500]);
const FORBIDDEN = 4403;
/** HTTP's 4xx that pass. */
const PASSING = new Set([408, 425, 429]);

/**
 * Judges what a client's sink got as its error:
 *
 * - GraphQL errors: `UNAVAILABLE` and `RATE_LIMITED` pass, `UNAUTHENTICATED` wants a new token, all else is final
 * - a WebSocket's close event: 4403, an expired token; 1012, the server restarts; 4308, this client was too slow;
 *   1006, the network; 1013, a part of the server is away. None of these is the end
 * - an error of HTTP, for event streams
 * - a connection that could not be made, in whatever form the client reports it
 */
export function judgeEnding(cause: unknown): Verdict {
  if (cause instanceof SignedOut) return STOP;
  if (Array.isArray(cause)) return judgeErrors(cause as readonly GraphqlFault[]);
  const { code, response } = (cause ?? {}) as { code?: unknown; response?: { status?: unknown } };
  if (typeof code === "number") return code === FORBIDDEN ? WITH_NEW_TOKEN : FATAL_CODES.has(code) ? STOP : AGAIN;
  if (typeof response?.status === "number") return judgeStatus(response.status);
  return AGAIN;
}

type GraphqlFault = Readonly<{ extensions?: Readonly<{ code?: unknown; retryAfter?: unknown }> }>;

function judgeErrors(errors: readonly GraphqlFault[]): Verdict {
  const { code, retryAfter } = errors[0]?.extensions ?? {};
  switch (code) {
    case "UNAUTHENTICATED":
      return WITH_NEW_TOKEN;
    case "UNAVAILABLE":
    case "RATE_LIMITED":
      return typeof retryAfter === "number" ? { ...AGAIN, waitMs: retryAfter * 1000 } : AGAIN;
    default:
      return STOP;
  }
}

function judgeStatus(status: number): Verdict {
  if (status === 401) return WITH_NEW_TOKEN;
  return status >= 400 && status < 500 && !PASSING.has(status) ? STOP : AGAIN;
}
