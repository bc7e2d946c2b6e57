import type { AppContext } from "../../app-context.ts";
import { Prisma, type Chatroom, type Message } from "../../generated/prisma/client.ts";
import { findChatroom } from "../rooms/find-chatroom.ts";
import { changeRead } from "../rooms/change-read.ts";

/**
 * Makes a room unread, from its newest reply on. Unread already, it stays as it is.
 *
 * @throws {DomainError} `NOT_FOUND`, `BAD_USER_INPUT`
 */
export async function markUnread(ctx: AppContext, userId: string, chatroomId: string): Promise<Chatroom> {
  const room = await findChatroom(ctx, userId, chatroomId, { field: "chatroomId" });
  const [newest] = await ctx.db.$queryRaw<Pick<Message, "seq">[]>(newestReplySql(room.activeLeafId));
  const seq = newest?.seq ?? 0;
  const moved = Prisma.sql`"replySeq" = greatest("replySeq", ${seq}::int), "readSeq" = ${seq}::int - 1`;
  return changeRead(ctx, room, { set: moved, unless: Prisma.sql`"replySeq" > "readSeq"` });
}

/** The `seq` of the newest reply of a branch that has ended: a walk from the leaf of two or three messages. */
const newestReplySql = (leafId: string | null): Prisma.Sql => Prisma.sql`
  WITH RECURSIVE "branch" AS (
    SELECT "id", "parentId", "role", "seq" FROM "Message" WHERE "id" = ${leafId}::uuid
    UNION ALL
    SELECT "parent"."id", "parent"."parentId", "parent"."role", "parent"."seq"
    FROM "branch" JOIN "Message" "parent" ON "parent"."id" = "branch"."parentId"
    WHERE "branch"."role" <> 'ASSISTANT' OR "branch"."seq" IS NULL
  )
  SELECT "seq" FROM "branch" WHERE "role" = 'ASSISTANT' AND "seq" IS NOT NULL`;
