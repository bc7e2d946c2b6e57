import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { confirmPassword, missing } from "../auth/change-password.ts";
import type { Device } from "../auth/device.ts";
import { deliverOtpJob } from "../auth/jobs.ts";
import { otpJobId } from "../auth/otp-codes.ts";
import { GivenPassword } from "../auth/password-rules.ts";
import { announceEnded } from "../auth/revoke-sessions.ts";
import { guessOtp, OtpDigits } from "../auth/spend-otp.ts";
import { leaveCustomer } from "../billing/leave-customer.ts";
import { RUNNING_REPLIES } from "../rooms/message-status.ts";
import { dropRoomLists } from "../rooms/room-list-cache.ts";
import { DomainError } from "../../errors.ts";
import type { Message, OtpCode, Prisma, User } from "../../generated/prisma/client.ts";
import { readInput } from "../../platform/input.ts";
import { transact } from "../../platform/postgres/transact.ts";
import { abandonReplies } from "../replies/abandon-replies.ts";
import { STREAMING_TTL_S } from "../replies/live-text.ts";

const DeleteAccountInput = z.object({ code: OtpDigits.nullish(), password: GivenPassword.nullish() });

/**
 * Limit of the transaction: rooms with many messages take long. Beyond it nothing is deleted, and the call can be
 * repeated.
 */
const TIMEOUT_MS = 60_000;
/**
 * Minimal age of a password that proves enough, in milliseconds: a thief of a session who sets one must not delete the
 * account at once.
 */
const PROVEN_MS = 24 * 3_600_000;
/** Messages, or calls of the ledger, that one statement changes: about a second's work, well below the limit of a statement. */
const BATCH = 50_000;

/**
 * Deletes the user with everything they own, in one transaction, after a fresh proof. Running replies are stopped, and
 * all connections close. Soon after, the customer is deleted at Stripe, which ends the subscription. One row stays:
 * that some account was deleted, and when.
 *
 * @returns true
 * @throws {DomainError} `BAD_USER_INPUT` without a code and a password, or with a password of less than a day;
 *   `OTP_INVALID`, `OTP_EXPIRED`, `CREDENTIALS_INVALID`, `RATE_LIMITED`
 */
export async function deleteAccount(ctx: AppContext, userId: string, input: unknown, device: Device): Promise<true> {
  const proof = readInput(DeleteAccountInput, input);
  const user = await ctx.db.user.findUnique({ where: { id: userId } });
  if (!user) throw new DomainError("UNAUTHENTICATED");
  await confirm(ctx, user, proof, device);
  const { sessionIds, replies, codes } = await transact(ctx.db, (tx) => erase(ctx, tx, user), { timeout: TIMEOUT_MS });
  await dropRoomLists(ctx, userId);
  await announceEnded(ctx, { sessionIds, change: null });
  await abandonReplies(ctx, replies);
  await ctx.queue.remove(
    deliverOtpJob,
    codes.map((code) => otpJobId(ctx.config, code)),
  );
  return true;
}

async function confirm(
  ctx: AppContext,
  user: User,
  { code, password }: z.output<typeof DeleteAccountInput>,
  device: Device,
): Promise<void> {
  if (typeof code === "string") {
    await guessOtp(ctx, { phone: user.phone, purpose: "SIGN_IN", code }, device);
    return;
  }
  if (typeof password !== "string") throw missing("password");
  const { passwordSetAt } = user;
  if (passwordSetAt !== null && ctx.clock.now().getTime() - passwordSetAt.getTime() < PROVEN_MS)
    throw missing("code", "must be given while the password is less than a day old");
  await confirmPassword(ctx, user, password, "password");
}

/** The keys of what a deleted account may have left in Redis: sessions, replies and codes. */
type Erased = Readonly<{
  sessionIds: string[];
  replies: Pick<Message, "id" | "attempt">[];
  codes: Pick<OtpCode, "phone" | "purpose" | "expiresAt">[];
}>;

async function erase(ctx: AppContext, tx: Prisma.TransactionClient, { id, phone }: User): Promise<Erased> {
  // First, in the order of locks. The code need not be spent; one that is sent during this transaction makes a new
  // account.
  const codes = await tx.$queryRaw<Erased["codes"]>`
    DELETE FROM "OtpCode" WHERE "phone" = ${phone} RETURNING "phone", "purpose", "expiresAt"`;
  // Also before the user: the worker that settles failed sign-ins locks them first and the user second.
  await tx.failedSignIn.deleteMany({ where: { phone } });
  // Then the rooms, like sends and finishes: a send has ended already, or finds no room.
  await tx.$queryRaw`SELECT 1 AS "locked" FROM "Chatroom" WHERE "userId" = ${id}::uuid ORDER BY "id" FOR UPDATE`;
  const mayBeLive = new Date(ctx.clock.now().getTime() - STREAMING_TTL_S * 1_000);
  const replies = await tx.message.findMany({
    where: {
      chatroom: { userId: id },
      OR: [RUNNING_REPLIES, { role: "ASSISTANT", finishedAt: { gt: mayBeLive } }],
    },
    select: { id: true, attempt: true },
  });
  await tx.$queryRaw`SELECT 1 AS "locked" FROM "User" WHERE "id" = ${id}::uuid FOR UPDATE`;
  await leaveCustomer(ctx, tx, id);
  const sessions = await tx.session.findMany({ where: { userId: id, revokedAt: null }, select: { id: true } });
  await eraseMessages(tx, id);
  await disownCalls(tx, id);
  const gone = await tx.user.deleteMany({ where: { id } });
  if (gone.count === 0) throw new DomainError("UNAUTHENTICATED");
  await tx.securityEvent.create({ data: { id: uuidv7(), kind: "ACCOUNT_DELETED", createdAt: ctx.clock.now() } });
  return { sessionIds: sessions.map((session) => session.id), replies, codes };
}

/** The newest first: they have no children, so no statement cascades beyond its batch. */
async function eraseMessages(tx: Prisma.TransactionClient, userId: string): Promise<void> {
  let erased: number;
  do {
    erased = await tx.$executeRaw`
      DELETE FROM "Message" WHERE "id" IN (
        SELECT "message"."id" FROM "Message" "message" JOIN "Chatroom" "room" ON "room"."id" = "message"."chatroomId"
        WHERE "room"."userId" = ${userId}::uuid ORDER BY "message"."id" DESC LIMIT ${BATCH})`;
  } while (erased === BATCH);
}

/** What was paid stays in the ledger, and names neither the user nor a message. */
async function disownCalls(tx: Prisma.TransactionClient, userId: string): Promise<void> {
  let disowned: number;
  do {
    disowned = await tx.$executeRaw`
      UPDATE "ProviderCall" SET "userId" = NULL, "messageId" = NULL WHERE "id" IN (
        SELECT "id" FROM "ProviderCall" WHERE "userId" = ${userId}::uuid LIMIT ${BATCH})`;
  } while (disowned === BATCH);
}
