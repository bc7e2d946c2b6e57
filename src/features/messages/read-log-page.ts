import type { AppContext } from "../../app-context.ts";
import { Prisma } from "../../generated/prisma/client.ts";
import { messageColumnsSql } from "../../platform/postgres/columns.ts";
import type { LoggedMessage } from "./message-log.ts";

const MAX_MESSAGES = 50;
/** Bytes of their texts; a page has one message at least, whatever its size. */
export const MAX_PAGE_BYTES = 512 * 1024;

/**
 * The next page of a room's log: nothing when there is no more, or the room was deleted.
 *
 * @param seq where the reader stands
 */
export function readLogPage(ctx: Pick<AppContext, "db">, chatroomId: string, seq: number): Promise<LoggedMessage[]> {
  // PostgreSQL knows the size of a text without reading it.
  return ctx.db.$queryRaw<LoggedMessage[]>(Prisma.sql`
    SELECT ${messageColumnsSql("page")} FROM (
      SELECT "next".*, sum(octet_length("content")) OVER (ORDER BY "seq") - octet_length("content") AS "before" FROM (
        SELECT ${messageColumnsSql("Message")} FROM "Message"
        WHERE "chatroomId" = ${chatroomId}::uuid AND "seq" > ${seq}::int
          AND EXISTS (SELECT FROM "Chatroom" WHERE "id" = ${chatroomId}::uuid AND "deletedAt" IS NULL)
        ORDER BY "seq" LIMIT ${MAX_MESSAGES}::int
      ) "next"
    ) "page"
    WHERE "before" < ${MAX_PAGE_BYTES}::int ORDER BY "seq"`);
}
