import { announceAccountChange, type AccountChange } from "../account-feed/append-account-events.ts";
import type { AppContext } from "../app-context.ts";
import { announceMessage } from "../chat/announce-message.ts";
import { dropRoomList } from "../chat/room-list-cache.ts";
import type { Message, Prisma } from "../generated/prisma/client.ts";
import { settleReply } from "../usage/quota.ts";
import { endLiveText } from "./live-text.ts";
import { offerReplies } from "./offer-replies.ts";

/** How a reply ended. */
export type ReplyEnd = Readonly<{
  status: "COMPLETE" | "STOPPED" | "BLOCKED" | "FAILED";
  content: string;
  finishReason?: string | null;
  error?: Readonly<{ code: string; message: string }> | null;
  promptTokens?: number | null;
  replyTokens?: number | null;
}>;

/**
 * Ends an attempt at a reply, once: content, status, counts, its place in the room's log, and the refund of
 * what failed, in one transaction that only the reply's present attempt can win. Afterwards readers are told.
 *
 * @returns the finished message; null when another attempt owns the reply, or it has ended already
 * @throws when the database is away: then nothing is written, and the call can be repeated
 */
export async function finishReply(
  ctx: AppContext,
  reply: Pick<Message, "id" | "chatroomId" | "attempt">,
  end: ReplyEnd,
): Promise<Message | null> {
  const finished = await ctx.db.$transaction((tx) => write(ctx, tx, reply, end));
  if (!finished) return null;
  await Promise.all([
    announceEnd(ctx, finished.message, finished.userId),
    finished.settled && announceAccountChange(ctx, finished.settled),
  ]);
  return finished.message;
}

/**
 * Tells those who watch the reply or its room that it has ended, and gives its place on. What gets lost here is found by
 * the feeds' checks, and by the sweeper.
 */
export async function announceEnd(ctx: AppContext, reply: Message, userId: string): Promise<void> {
  // First in the pipe: who hears of the end finds it in the list.
  const dropped = dropRoomList(ctx, userId);
  const ended = endLiveText(ctx.redis, reply.id, reply.attempt).catch((error: unknown) =>
    ctx.log.warn({ err: error, replyId: reply.id }, "could not end the live text"),
  );
  ctx.later("offer replies", offerReplies(ctx, userId));
  await Promise.all([dropped, ended, announceMessage(ctx, reply)]);
}

async function write(
  ctx: AppContext,
  tx: Prisma.TransactionClient,
  reply: Pick<Message, "id" | "chatroomId" | "attempt">,
  end: ReplyEnd,
): Promise<{ message: Message; userId: string; settled: AccountChange | null } | null> {
  // Lock order as in sendMessage: the room, then its messages.
  const [room] = await tx.$queryRaw<{ userId: string; seq: number }[]>`
    SELECT "userId"::text, "seq" FROM "Chatroom" WHERE "id" = ${reply.chatroomId}::uuid FOR UPDATE`;
  if (!room) return null;
  const current = await tx.message.findFirst({
    where: { id: reply.id, attempt: reply.attempt, status: { in: ["PENDING", "STREAMING"] } },
  });
  if (!current) return null;

  const now = ctx.clock.now();
  const refunded = current.chargedOn !== null && (end.status === "FAILED" || end.status === "BLOCKED");
  const seq = room.seq + 1;
  await tx.chatroom.update({ where: { id: reply.chatroomId }, data: { seq, lastMessageAt: now } });
  const message = await tx.message.update({
    where: { id: reply.id },
    data: {
      status: end.status,
      content: end.content,
      seq,
      finishReason: end.finishReason ?? null,
      errorCode: end.error?.code ?? null,
      errorMessage: end.error?.message ?? null,
      promptTokens: end.promptTokens ?? null,
      replyTokens: end.replyTokens ?? null,
      nextTryAt: null,
      finishedAt: now,
      ...(refunded && { chargedOn: null }),
    },
  });
  const settled = await settleReply(ctx, tx, room.userId, {
    chargedOn: current.chargedOn,
    refund: refunded,
    promptTokens: end.promptTokens ?? 0,
    replyTokens: end.replyTokens ?? 0,
  });
  return { message, userId: room.userId, settled };
}
