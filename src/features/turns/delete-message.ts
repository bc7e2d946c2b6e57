import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Chatroom, Message, Prisma } from "../../generated/prisma/client.ts";
import { readId } from "../../platform/input.ts";
import { chatroomColumnsSql } from "../../platform/postgres/columns.ts";
import { transact } from "../../platform/postgres/transact.ts";
import { messageAddedTopic } from "../messages/events.ts";
import { findLeafBelow, isOnBranchOf } from "../messages/find-leaf.ts";
import { findMessage } from "../messages/find-message.ts";
import { abandonReplies } from "../replies/abandon-replies.ts";
import { stopOwnReply } from "../replies/stop-reply.ts";
import { findRunningReply, lockChatroom } from "../rooms/lock-chatroom.ts";
import { logRoomChange, type RoomChange } from "../rooms/room-change.ts";
import { roomChanged } from "../rooms/room-changed.ts";
import { titleForgottenSql } from "../rooms/title.ts";
import { whileRoomMoves } from "./while-room-moves.ts";

/** Messages that one call deletes. */
export const MAX_DELETED = 10_000;
/** Ids that its answer names. */
export const MAX_NAMED = 1_000;
/** Replies whose live text may still be there: a deeper one has ended long ago. */
const MAX_LIVE = 100;

export type DeletedMessages = Readonly<{
  /** Of the first MAX_NAMED, parents before their children. */
  deletedIds: readonly string[];
  deletedCount: number;
  chatroom: Chatroom;
}>;

/**
 * Deletes a message with all that follows it, on every branch, for good. A running reply among them is stopped first, as by
 * `stopReply`: what it has cost stays counted. If the head was among them it moves to the newest sibling's branch, or else to
 * the parent.
 *
 * @throws {DomainError} `NOT_FOUND`, also when it was deleted before; `LIMIT_EXCEEDED` for more than MAX_DELETED messages;
 *   `BAD_USER_INPUT`; `UNAVAILABLE`, also when the running reply cannot be stopped. Then nothing is deleted.
 */
export async function deleteMessage(ctx: AppContext, userId: string, messageId: string): Promise<DeletedMessages> {
  const message = await findMessage(ctx, userId, readId(messageId, "id"));
  const { ids, replies, chatroom, change } = await whileRoomMoves(async () => {
    const runningId = await findRunningBelow(ctx.db, message);
    if (runningId !== null) {
      await stopOwnReply(ctx, userId, () => ctx.db.message.findUnique({ where: { id: runningId } }));
    }
    return transact(ctx.db, (tx) => deleteBelow(ctx, tx, { userId, message }));
  });
  const changed = roomChanged(ctx, change);
  await ctx.pubsub.publish(messageAddedTopic, chatroom.id, { seq: chatroom.seq });
  await changed;
  ctx.runInBackground("forget live texts", abandonReplies(ctx, replies));
  return { deletedIds: ids.slice(0, MAX_NAMED), deletedCount: ids.length, chatroom };
}

/** @returns the id of the reply that is running among a message and what follows it */
async function findRunningBelow(db: Prisma.TransactionClient, message: Message): Promise<string | null> {
  const running = await findRunningReply(db, message.chatroomId);
  return running && (await isOnBranchOf(db, running.id, message)) ? running.id : null;
}

type Deleted = Readonly<{
  ids: readonly string[];
  replies: readonly Pick<Message, "id" | "attempt">[];
  chatroom: Chatroom;
  change: RoomChange;
}>;

/** @returns null when a reply has begun meanwhile */
async function deleteBelow(
  ctx: Pick<AppContext, "clock">,
  tx: Prisma.TransactionClient,
  { userId, message }: { userId: string; message: Message },
): Promise<Deleted | null> {
  const { activeLeafId } = await lockChatroom(tx, userId, message.chatroomId);
  if (await findRunningBelow(tx, message)) return null;
  const ids = await readBelow(tx, message.id);
  if (ids.length === 0) throw new DomainError("NOT_FOUND", "There is no such message.");
  if (ids.length > MAX_DELETED) {
    throw new DomainError("LIMIT_EXCEEDED", `More than ${MAX_DELETED} messages follow.`, { limit: MAX_DELETED });
  }
  const hasHead = activeLeafId !== null && (await isOnBranchOf(tx, activeLeafId, message));
  const leafId = hasHead ? await findNextHead(tx, message) : activeLeafId;
  const replies = await tx.message.findMany({
    where: { id: { in: ids }, role: "ASSISTANT", attempt: { gt: 0 } },
    select: { id: true, attempt: true },
    orderBy: { id: "desc" },
    take: MAX_LIVE,
  });
  // All in one statement: each finds its children gone, so nothing cascades from message to message.
  await tx.$executeRaw`DELETE FROM "Message" WHERE "id" = ANY(${ids}::uuid[])`;
  const [chatroom] = await tx.$queryRaw<[Chatroom]>`
    UPDATE "Chatroom" SET "activeLeafId" = ${leafId}::uuid, "seq" = "seq" + 1, "updatedAt" = ${ctx.clock.now()}::timestamptz,
      "replySeq" = least("replySeq", coalesce((
        SELECT "seq" FROM "Message" WHERE "chatroomId" = "Chatroom"."id" AND "seq" IS NOT NULL AND "role" = 'ASSISTANT'
        ORDER BY "seq" DESC LIMIT 1
      ), 0)), ${titleForgottenSql(ids)}
    WHERE "id" = ${message.chatroomId}::uuid
    RETURNING ${chatroomColumnsSql("Chatroom")}`;
  return { ids, replies, chatroom, change: await logRoomChange(tx, chatroom) };
}

/** @returns the ids of a message and of all that follow it, level by level, one more than may be deleted at most */
async function readBelow(tx: Prisma.TransactionClient, id: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE "below" ("id") AS (
      SELECT "id" FROM "Message" WHERE "id" = ${id}::uuid
      UNION ALL
      SELECT "child"."id" FROM "below" CROSS JOIN LATERAL (
        SELECT "id" FROM "Message" WHERE "parentId" = "below"."id" OFFSET 0
      ) "child"
    )
    SELECT "id"::text FROM "below" LIMIT ${MAX_DELETED + 1}`;
  return rows.map(({ id: each }) => each);
}

/** Where the head goes from a message that is deleted. */
async function findNextHead(
  tx: Prisma.TransactionClient,
  { id, parentId, chatroomId, depth }: Message,
): Promise<string | null> {
  const sibling = await tx.message.findFirst({
    where: { chatroomId, parentId, depth, id: { not: id } },
    select: { id: true },
    orderBy: { id: "desc" },
  });
  return sibling ? findLeafBelow(tx, sibling.id) : parentId;
}
