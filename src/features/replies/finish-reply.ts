import type { AppContext } from "../../app-context.ts";
import { messageAdded } from "../messages/message-added.ts";
import { roomChangeAt, type RoomChange } from "../rooms/room-change.ts";
import { isStillRunningSql } from "../rooms/message-status.ts";
import { titleTakenBackSql } from "../rooms/title.ts";
import { Prisma, type Chatroom, type Message, type QueuePause } from "../../generated/prisma/client.ts";
import { messageColumnsSql } from "../../platform/postgres/columns.ts";
import { retryConflicts } from "../../platform/postgres/transact.ts";
import { ledgerSql } from "../usage/ledger.ts";
import type { ProviderCall } from "../usage/provider-call.ts";
import { settleSql, type RefundCause } from "../usage/quota.ts";
import { refundCounter } from "../usage/refund-metrics.ts";
import { readUnchargedDay, type Charge } from "../usage/quota-day.ts";
import { continueQueueJob } from "./jobs.ts";
import { endLiveText } from "./live-text.ts";
import { detailSql, type ReplyDetail } from "./reply-detail.ts";
import { dispatchReplies } from "./dispatch-replies.ts";
import { runningCountSql } from "./reply-wait.ts";

/** How a reply ended. */
export type ReplyEnd = ReplyDetail &
  Readonly<{
    status: "COMPLETE" | "STOPPED" | "BLOCKED" | "FAILED";
    content: string;
    finishReason?: string | null;
    /** `retryAt`: when the provider may be asked again, as far as it says. */
    error?: Readonly<{ code: string; message: string; retryAt?: Date | null }> | null;
    promptTokens?: number | null;
    cachedTokens?: number | null;
    replyTokens?: number | null;
    /** What the model thought, which is paid, and no part of the reply. */
    thoughtTokens?: number | null;
    /** What tools gave the model to read, which is paid, and no part of the prompt. */
    toolTokens?: number | null;
    /** What the prompt was estimated at. */
    promptEstimate?: number | null;
    /** The provider's calls of this attempt, for the ledger. */
    calls?: readonly ProviderCall[];
  }>;

/** The error of a reply that no model was asked for, because the day has cost its limit. */
export const COST_EXCEEDED = "COST_EXCEEDED";

/** An attempt at a reply, and whose it is. */
type Attempt = Pick<Message, "id" | "chatroomId" | "attempt"> & Charge;

/**
 * Ends an attempt at a reply, once: content, status, counts, its position in the room's log, and the refund of a
 * failure, in one transaction that only the reply's present attempt can win. Then it notifies the readers.
 *
 * @returns the finished message; null when another attempt owns the reply, or it has ended already
 * @throws when the database is unavailable: then nothing is written, and the call can be repeated
 */
export async function finishReply(ctx: AppContext, reply: Attempt, end: ReplyEnd): Promise<Message | null> {
  const today = await readUnchargedDay(ctx, reply);
  const title = await titleSql(ctx, reply, end);
  const finished = await retryConflicts(() => write(ctx, reply, end, { today, title }));
  if (!finished) return null;
  const { accountSeq, runningReplies, queued, queuePausedBecause, isRefunded, ...message } = finished;
  const refund = refundCauseOf(end);
  if (refund && isRefunded) refundCounter(ctx.metrics)(refund);
  const { userId, id, chatroomId } = reply;
  // Otherwise no reply waits, or one that came this moment: the next end, or the sweeper, finds it.
  if (runningReplies >= ctx.config.limits.repliesPerUser)
    ctx.runInBackground("dispatch replies", dispatchReplies(ctx, userId));
  if (end.status === "COMPLETE" && queued > 0 && queuePausedBecause === null)
    ctx.runInBackground("continue a queue", ctx.queue.add(continueQueueJob, [{ id, data: { userId, chatroomId } }]));
  // It also announces what was settled, which is in the same log.
  await announceEnd(ctx, message, roomChangeAt(userId, accountSeq));
  return message;
}

/** Notifies the watchers of the reply and its room of its end. The checks of their feeds repair a lost message. */
export async function announceEnd(ctx: AppContext, reply: Message, change: RoomChange): Promise<void> {
  // First in the pipe: a client that hears of the end finds it in the list.
  const added = messageAdded(ctx, reply, change);
  const ended = endLiveText(ctx.redis, reply.id, reply.attempt).catch((error: unknown) =>
    ctx.logger.warn({ err: error, replyId: reply.id }, "could not end the live text"),
  );
  await Promise.all([added, ended]);
}

/** What becomes of the title of a room in which a message was blocked: it is made of none. */
async function titleSql(ctx: AppContext, { id }: Attempt, { status }: ReplyEnd): Promise<Prisma.Sql> {
  if (status !== "BLOCKED") return Prisma.empty;
  const question = await ctx.db.message.findFirst({
    where: { children: { some: { id } } },
    select: { id: true, content: true },
  });
  return question ? Prisma.sql`, ${titleTakenBackSql(question)}` : Prisma.empty;
}

function refundCauseOf({ status, content }: ReplyEnd): RefundCause | null {
  switch (status) {
    case "FAILED":
    case "BLOCKED":
      return "fault";
    case "STOPPED":
      return content.trim() === "" ? "early stop" : null;
    case "COMPLETE":
      return null;
  }
}

/** Why a queue does not go on after a reply that ended like this. */
function queuePauseOf({ status, error }: ReplyEnd): QueuePause | null {
  if (status === "COMPLETE") return null;
  return error?.code === COST_EXCEEDED ? "QUOTA" : status;
}

type Finished = Message &
  Pick<Chatroom, "queued" | "queuePausedBecause"> & {
    /** Of the account's log. */
    accountSeq: number;
    /** The user's replies that had not ended before, counted up to their slots. */
    runningReplies: number;
    isRefunded: boolean;
  };

/**
 * One statement, which is a transaction of its own. The lock order is as in sendMessage: the room, then its message.
 * With a lock held, PostgreSQL reads the row again, so the present `seq`, attempt and status count, however old the
 * statement's snapshot.
 */
async function write(
  ctx: AppContext,
  reply: Attempt,
  end: ReplyEnd,
  { today, title }: Readonly<{ today: Date | null; title: Prisma.Sql }>,
): Promise<Finished | null> {
  const now = ctx.clock.now();
  const { promptTokens, cachedTokens, replyTokens, thoughtTokens, toolTokens, promptEstimate, calls = [] } = end;
  const settlement = { calls, today, refund: refundCauseOf(end) };
  const [finished] = await ctx.db.$queryRaw<Finished[]>`
    WITH "room" AS (
      SELECT "id", "seq", "queued", "queuePausedBecause" FROM "Chatroom" WHERE "id" = ${reply.chatroomId}::uuid FOR UPDATE
    ), "reply" AS (
      SELECT "message"."id", ${reply.userId}::uuid AS "userId", "message"."chargedOn", "message"."reservedCost",
        "message"."model", "room"."seq" + 1 AS "seq", "room"."queued",
        CASE WHEN "room"."queued" > 0 THEN coalesce("room"."queuePausedBecause", ${queuePauseOf(end)}::"QueuePause") END
          AS "queuePausedBecause"
      FROM "room" JOIN "Message" "message" ON "message"."chatroomId" = "room"."id"
      WHERE "message"."id" = ${reply.id}::uuid AND "message"."attempt" = ${reply.attempt}
        AND ${isStillRunningSql("message")}
      FOR UPDATE OF "message"
    ), ${detailSql(end, "reply")}, ${ledgerSql(calls, "reply")}, ${settleSql(ctx, reply.userId, settlement, "reply", "reply")}, "moved" AS (
      UPDATE "Chatroom" SET "seq" = "reply"."seq",
        -- Who stops a reply has seen it.
        "replySeq" = CASE WHEN ${end.status} = 'STOPPED' THEN "Chatroom"."replySeq" ELSE "reply"."seq" END,
        "readSeq" = coalesce("Chatroom"."readSeq", "Chatroom"."seq"), "changeSeq" = "accountLog"."seq",
        "lastMessageAt" = ${now}::timestamptz, "updatedAt" = ${now}::timestamptz,
        "queuePausedBecause" = "reply"."queuePausedBecause" ${title}
      FROM "reply", "accountLog" WHERE "Chatroom"."id" = ${reply.chatroomId}::uuid
    ), "ended" AS (
      UPDATE "Message" SET "status" = ${end.status}::"MessageStatus", "content" = ${end.content}, "seq" = "reply"."seq",
        "finishReason" = ${end.finishReason ?? null}, "errorCode" = ${end.error?.code ?? null},
        "errorMessage" = ${end.error?.message ?? null},
        "errorRetryAt" = ${end.error?.retryAt ?? null}::timestamptz, "promptTokens" = ${promptTokens ?? null}::int,
        "cachedTokens" = ${cachedTokens ?? null}::int, "replyTokens" = ${replyTokens ?? null}::int,
        "thoughtTokens" = ${thoughtTokens ?? null}::int, "toolTokens" = ${toolTokens ?? null}::int,
        "promptEstimate" = ${promptEstimate ?? null}::int,
        "nextTryAt" = NULL, "finishedAt" = ${now}::timestamptz, "reservedCost" = NULL,
        "chargedOn" = CASE WHEN EXISTS (SELECT FROM "refunded") THEN NULL ELSE "reply"."chargedOn" END
      FROM "reply" WHERE "Message"."id" = "reply"."id"
      RETURNING "Message".*
    )
    SELECT ${messageColumnsSql("ended")}, (SELECT "seq" FROM "accountLog") AS "accountSeq",
      ${runningCountSql(ctx, reply.userId)} AS "runningReplies", "reply"."queued", "reply"."queuePausedBecause",
      EXISTS (SELECT FROM "refunded") AS "isRefunded"
    FROM "ended", "reply"`;
  return finished ?? null;
}
