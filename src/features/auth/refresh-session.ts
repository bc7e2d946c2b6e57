import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Prisma, Session, SpentRefreshToken } from "../../generated/prisma/client.ts";
import { transact } from "../../platform/postgres/transact.ts";
import { createAccessToken } from "./access-token.ts";
import { deviceColumns, originOf, type Device } from "./device.ts";
import type { SignedIn } from "./open-session.ts";
import { recordSecurityEvent } from "./record-security-event.ts";
import {
  createRefreshToken,
  openSuccessor,
  readRefreshToken,
  sealSuccessor,
  type RefreshToken,
} from "./refresh-tokens.ts";
import { announceEnded, endSessions, type EndedSessions } from "./revoke-sessions.ts";

/**
 * How long a replaced token still leads to its successor, in milliseconds: for concurrent tabs, and for a lost answer.
 * A later use ends the session.
 */
const REFRESH_GRACE_MS = 30_000;
/** After this many replacements within the grace the token stays the same for a while. */
const MAX_REPLACED = 10;

/**
 * Exchanges a refresh token for new tokens. A spent token leads to the present one once, within `REFRESH_GRACE_MS`,
 * from where it was spent. Any other use means that two parties hold the session's tokens, and the session ends,
 * because either could be the thief.
 *
 * @throws {DomainError} `UNAUTHENTICATED` when the token is not valid
 */
export async function refreshSession(ctx: AppContext, refreshToken: string, device: Device): Promise<SignedIn> {
  const token = readRefreshToken(refreshToken);
  if (!token) throw sessionEnded();
  const cameAt = ctx.clock.now();
  const outcome = await transact(ctx.db, (tx) => rotate(ctx, tx, { token, device, cameAt }));
  if (outcome === null) throw sessionEnded();
  if ("ended" in outcome) {
    await announceEnded(ctx, outcome.ended);
    throw sessionEnded();
  }
  return outcome;
}

const sessionEnded = () => new DomainError("UNAUTHENTICATED", "The session has ended: sign in again.");

async function rotate(
  ctx: AppContext,
  tx: Prisma.TransactionClient,
  { token, device, cameAt }: { token: RefreshToken; device: Device; cameAt: Date },
): Promise<SignedIn | { ended: EndedSessions } | null> {
  // Refreshes of one session come one after the other: each sees what the one before has done. The user comes first,
  // since the session may have to be ended.
  const [locked] = await tx.$queryRaw<{ id: string }[]>`
    WITH "owner" AS (
      SELECT "user"."id" FROM "User" "user" JOIN "Session" ON "Session"."userId" = "user"."id"
      WHERE "familyHash" = ${token.familyHash} FOR KEY SHARE OF "user"
    )
    SELECT "Session"."id"::text FROM "owner" JOIN "Session" ON "Session"."userId" = "owner"."id"
    WHERE "familyHash" = ${token.familyHash} FOR UPDATE OF "Session"`;
  if (!locked) return null;
  const now = ctx.clock.now();
  const session = await tx.session.findUniqueOrThrow({ where: { id: locked.id }, include: { user: true } });
  if (session.revokedAt !== null || session.expiresAt <= now) return null;

  const since = new Date(now.getTime() - REFRESH_GRACE_MS);
  await tx.spentRefreshToken.deleteMany({ where: { sessionId: session.id, spentAt: { lte: since } } });
  const spent = await tx.spentRefreshToken.findMany({ where: { sessionId: session.id } });
  const present = findPresent(session, spent, token);
  const comeback = findComeback(session, spent, token, cameAt);
  if (!present || (comeback && isFollowed(ctx, session, comeback, device, now))) {
    await recordSecurityEvent(ctx, tx, session.userId, "REFRESH_TOKEN_REUSED", device);
    return { ended: await endSessions(ctx, tx, session.userId, device, { id: session.id }) };
  }

  const replace = present === token && spent.length < MAX_REPLACED;
  const next = replace ? await spend(tx, session, { token, device, now }) : present;
  // Read late: tokens that arrived before this moment were sent before any answer to this refresh.
  const usedAt = ctx.clock.now();
  const used = await tx.session.update({
    where: { id: session.id },
    data: {
      ...deviceColumns(device),
      refreshTokenHash: next.hash,
      lastUsedAt: usedAt,
      expiresAt: new Date(usedAt.getTime() + ctx.config.auth.refreshTokenTtl),
      ...(comeback && { graceUsedAt: usedAt }),
    },
  });
  const access = await createAccessToken(ctx.config, { userId: session.userId, sessionId: session.id, now });
  return {
    accessToken: access.token,
    accessTokenExpiresAt: access.expiresAt,
    refreshToken: next.text,
    session: used,
    user: session.user,
  };
}

/** The valid token, reached from the given one over those that were spent within the grace. */
function findPresent(session: Session, spent: readonly SpentRefreshToken[], token: RefreshToken): RefreshToken | null {
  const successors = new Map(spent.map(({ tokenHash, successor }) => [tokenHash, successor]));
  let at = token;
  for (let step = 0; step <= spent.length; step += 1) {
    if (at.hash === session.refreshTokenHash) return at;
    const sealed = successors.get(at.hash);
    if (sealed === undefined) return null;
    at = openSuccessor(at, sealed);
  }
  return null;
}

/**
 * The record of a spent token that came back. A token that came during the refresh itself makes none: concurrent tabs
 * do that, and a thief does not come in the same instant.
 */
const findComeback = (
  session: Session,
  spent: readonly SpentRefreshToken[],
  { hash }: RefreshToken,
  cameAt: Date,
): SpentRefreshToken | undefined =>
  cameAt > session.lastUsedAt ? spent.find(({ tokenHash }) => tokenHash === hash) : undefined;

/**
 * Whether a token that comes back within the grace looks stolen: it comes from another device than it was spent on, or
 * a second time, or soon after another one came back. Tabs that refresh in step come once in the lifetime of an access
 * token, so half of that is soon.
 */
function isFollowed(
  ctx: AppContext,
  { graceUsedAt }: Session,
  { spentBy, spentAt }: SpentRefreshToken,
  device: Device,
  now: Date,
): boolean {
  if (spentBy !== null && spentBy !== originOf(device)) return true;
  const soon = new Date(now.getTime() - ctx.config.auth.accessTokenTtl / 2);
  return graceUsedAt !== null && (graceUsedAt > spentAt || graceUsedAt > soon);
}

async function spend(
  tx: Prisma.TransactionClient,
  session: Session,
  { token, device, now }: { token: RefreshToken; device: Device; now: Date },
): Promise<RefreshToken> {
  const next = createRefreshToken(token);
  const sealed = { successor: sealSuccessor(token, next), spentAt: now, spentBy: originOf(device) };
  await tx.spentRefreshToken.create({ data: { tokenHash: token.hash, sessionId: session.id, ...sealed } });
  return next;
}
