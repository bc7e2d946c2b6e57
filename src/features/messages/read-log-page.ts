import type { AppContext } from "../../app-context.ts";
import { Prisma } from "../../generated/prisma/client.ts";
import { messageColumnsSql } from "../../platform/postgres/columns.ts";
import { isRunningReplySql } from "../rooms/message-status.ts";
import type { LoggedMessage } from "./message-log.ts";

const MAX_MESSAGES = 50;
/** Bytes of their texts; a page has one message at least, whatever its size. */
export const MAX_PAGE_BYTES = 512 * 1024;

/** Which log of a room: `running` has replies also as they are asked for, at a position of their own. */
export type LogKind = Readonly<{ running: boolean }>;

/**
 * The next page of a room's log: nothing when there is no more, or the room was deleted.
 *
 * @param seq where the reader stands
 * @returns `complete`: there was no more when it was read
 */
export async function readLogPage(
  ctx: Pick<AppContext, "db">,
  chatroomId: string,
  seq: number,
  kind: LogKind,
): Promise<{ messages: LoggedMessage[]; complete: boolean }> {
  const rows = await ctx.db.$queryRaw<(LoggedMessage & { total: number })[]>(logPageSql(chatroomId, seq, kind));
  const total = rows[0]?.total ?? 0;
  const messages = rows.map(({ total: _total, ...message }) => message);
  return { messages, complete: rows.length === total && total < MAX_MESSAGES };
}

/** PostgreSQL knows the size of a text without reading it. */
const logPageSql = (chatroomId: string, seq: number, { running }: LogKind): Prisma.Sql => Prisma.sql`
  SELECT ${messageColumnsSql("page")}, "page"."position", "page"."total" FROM (
    SELECT "next".*, count(*) OVER ()::int AS "total",
      sum(octet_length("content")) OVER (ORDER BY "position") - octet_length("content") AS "before"
    FROM (
      ${running ? Prisma.sql`(${endedSql(chatroomId, seq)}) UNION ALL (${begunSql(chatroomId, seq)})` : endedSql(chatroomId, seq)}
      ORDER BY "position" LIMIT ${MAX_MESSAGES}::int
    ) "next"
  ) "page"
  WHERE "before" < ${MAX_PAGE_BYTES}::int ORDER BY "position"`;

/** All but a reply that runs. */
const endedSql = (chatroomId: string, seq: number): Prisma.Sql => Prisma.sql`
  SELECT ${messageColumnsSql("Message")}, "seq" AS "position" FROM "Message"
  WHERE "chatroomId" = ${chatroomId}::uuid AND "seq" > ${seq}::int AND ${isThereSql(chatroomId)}`;

/** A room has one at most. */
const begunSql = (chatroomId: string, seq: number): Prisma.Sql => Prisma.sql`
  SELECT ${messageColumnsSql("Message")}, "beganSeq" AS "position" FROM "Message"
  WHERE "chatroomId" = ${chatroomId}::uuid AND ${isRunningReplySql("Message")} AND "beganSeq" > ${seq}::int
    AND ${isThereSql(chatroomId)}`;

const isThereSql = (chatroomId: string): Prisma.Sql =>
  Prisma.sql`EXISTS (SELECT FROM "Chatroom" WHERE "id" = ${chatroomId}::uuid AND "deletedAt" IS NULL)`;
