import DataLoader from "dataloader";
import type { AppContext } from "../../app-context.ts";
import { Prisma, type Chatroom, type Message } from "../../generated/prisma/client.ts";
import { messageColumnsSql } from "../../platform/postgres/columns.ts";
import { isUnread } from "../rooms/unread.ts";

/** Reads the first unread reply of each room in one answer together; null for a room that has none. */
export const createFirstUnreadLoader = ({ db }: Pick<AppContext, "db">): DataLoader<Chatroom, Message | null> =>
  new DataLoader(
    async (rooms: readonly Chatroom[]) => {
      const unread = rooms.filter(isUnread).map(({ id }) => id);
      type Row = Message & { roomId: string };
      const rows = unread.length > 0 ? await db.$queryRaw<Row[]>(firstUnreadSql(unread)) : [];
      const found = new Map(rows.map(({ roomId, ...message }) => [roomId, message]));
      return rooms.map(({ id }) => found.get(id) ?? null);
    },
    // Nothing is cached beyond its batch: a subscription's request lasts for hours.
    { cache: false },
  );

/**
 * The first one on the active branch, or else on any. Positions grow along a branch, so the walk from the leaf ends at the
 * first message that was seen.
 */
const firstUnreadSql = (roomIds: readonly string[]): Prisma.Sql => Prisma.sql`
  SELECT "room"."id" AS "roomId", ${messageColumnsSql("first")} FROM "Chatroom" "room"
  JOIN "Message" "first" ON "first"."id" = coalesce((
    WITH RECURSIVE "branch" AS (
      SELECT "id", "parentId", "role", "seq" FROM "Message"
      WHERE "id" = "room"."activeLeafId" AND ("seq" > "room"."readSeq") IS NOT FALSE
      UNION ALL
      SELECT "parent"."id", "parent"."parentId", "parent"."role", "parent"."seq"
      FROM "branch" JOIN "Message" "parent" ON "parent"."id" = "branch"."parentId"
      WHERE ("parent"."seq" > "room"."readSeq") IS NOT FALSE
    )
    SELECT "id" FROM "branch" WHERE "role" = 'ASSISTANT' AND "seq" IS NOT NULL ORDER BY "seq" LIMIT 1
  ), (
    SELECT "id" FROM "Message"
    WHERE "chatroomId" = "room"."id" AND "seq" > "room"."readSeq" AND "role" = 'ASSISTANT' ORDER BY "seq" LIMIT 1
  ))
  WHERE "room"."id" = ANY(${roomIds}::uuid[])`;
