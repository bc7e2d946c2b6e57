import type { AppContext } from "../../app-context.ts";
import { networkOf } from "../../platform/network.ts";

/** Looked at, the newest first: of sessions, and of what happened to the account. */
const MAX_SESSIONS = 100;
const MAX_EVENTS = 300;

/**
 * Whether the account of a number has signed in from this network in the last year, or has a session that was last
 * used there. Strangers' limits do not hold there. It is the same work for a number without an account.
 */
export async function isKnownNetwork(ctx: AppContext, phone: string, ip: string | null): Promise<boolean> {
  if (ip === null) return false;
  const known = await ctx.db.$queryRaw<{ ip: string }[]>`
    WITH "account" AS (SELECT "id" FROM "User" WHERE "phone" = ${phone}), "session" AS (
      SELECT "ip" FROM "Session" WHERE "userId" = (SELECT "id" FROM "account") AND "revokedAt" IS NULL
      ORDER BY "lastUsedAt" DESC LIMIT ${MAX_SESSIONS}
    ), "event" AS (
      SELECT "ip", "kind" FROM "SecurityEvent" WHERE "userId" = (SELECT "id" FROM "account")
      ORDER BY "id" DESC LIMIT ${MAX_EVENTS}
    )
    SELECT "ip" FROM "session" WHERE "ip" IS NOT NULL
    UNION SELECT "ip" FROM "event" WHERE "ip" IS NOT NULL AND "kind" = 'SIGNED_IN'`;
  const network = networkOf(ip);
  return known.some((seen) => networkOf(seen.ip) === network);
}
