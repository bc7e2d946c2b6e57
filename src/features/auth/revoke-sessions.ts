import { announceAccountChange, appendAccountEvents, type AccountChange } from "../activity/append-account-events.ts";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Prisma } from "../../generated/prisma/client.ts";
import { readId } from "../../platform/input.ts";
import { transact } from "../../platform/postgres/transact.ts";
import type { Device } from "./device.ts";
import { sessionsRevokedTopic } from "./events.ts";
import { lockUser } from "./lock-user.ts";
import { recordSecurityEvent } from "./record-security-event.ts";

/** The ids of the sessions that were ended, and the new head of the account's log. */
export type EndedSessions = Readonly<{ sessionIds: readonly string[]; change: AccountChange | null }>;

/** Which of a user's sessions: all, one, or all but one. */
export type WhichSessions = Readonly<{ id?: string; except?: string }>;

/**
 * Ends one of the user's sessions; an ended one stays as it is.
 *
 * @returns true
 * @throws {DomainError} `NOT_FOUND`, also for somebody else's session
 */
export async function revokeSession(ctx: AppContext, userId: string, sessionId: string, device: Device): Promise<true> {
  const id = readId(sessionId, "id");
  const known = await ctx.db.session.findFirst({ where: { id, userId }, select: { id: true } });
  if (!known) throw new DomainError("NOT_FOUND", "There is no such session.");
  await revokeSessions(ctx, userId, device, { id });
  return true;
}

/**
 * Ends sessions of a user: requests fail from now on, and open connections close within a second, on every process.
 *
 * @param device the device that made the request
 * @returns how many were ended
 */
export async function revokeSessions(
  ctx: AppContext,
  userId: string,
  device: Device,
  which: WhichSessions = {},
): Promise<number> {
  const ended = await transact(ctx.db, (tx) => endSessions(ctx, tx, userId, device, which));
  await announceEnded(ctx, ended);
  return ended.sessionIds.length;
}

/**
 * The part of `revokeSessions` inside a transaction, as its last step.
 *
 * @returns the argument of `announceEnded`, after the commit
 */
export async function endSessions(
  ctx: AppContext,
  tx: Prisma.TransactionClient,
  userId: string,
  device: Device,
  which: WhichSessions = {},
): Promise<EndedSessions> {
  // Before the sessions: every transaction that ends sessions of this user, or deletes the account, locks the user
  // first.
  if (!(await lockUser(tx, userId))) return { sessionIds: [], change: null };
  const revoked = await tx.session.updateManyAndReturn({
    where: {
      userId,
      revokedAt: null,
      ...(which.id !== undefined && { id: which.id }),
      ...(which.except !== undefined && { NOT: { id: which.except } }),
    },
    data: { revokedAt: ctx.clock.now() },
    select: { id: true },
  });
  const sessionIds = revoked.map(({ id }) => id);
  if (sessionIds.length === 0) return { sessionIds, change: null };
  await recordSecurityEvent(ctx, tx, userId, "SESSION_REVOKED", device);
  const events = sessionIds.map((sessionId) => ({ kind: "SESSION_REVOKED", sessionId }) as const);
  return { sessionIds, change: await appendAccountEvents(tx, userId, events) };
}

/** Closes the connections of these sessions on every process, and notifies the user's other devices. */
export async function announceEnded(ctx: AppContext, { sessionIds, change }: EndedSessions): Promise<void> {
  if (sessionIds.length === 0) return;
  await Promise.all([
    ctx.pubsub.publish(sessionsRevokedTopic, "", { sessionIds: [...sessionIds] }),
    change && announceAccountChange(ctx, change),
  ]);
}
