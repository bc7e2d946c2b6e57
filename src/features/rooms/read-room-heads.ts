import DataLoader from "dataloader";
import type { AppContext } from "../../app-context.ts";
import { Prisma, type Chatroom, type Message } from "../../generated/prisma/client.ts";
import { messageColumnsSql } from "../../platform/postgres/columns.ts";
import { isRunning, isRunningReplySql } from "./message-status.ts";
import { beginningSql, previewOf } from "./preview-of.ts";

/** Where a conversation stands. */
export type RoomHead = Readonly<{
  /** The beginning of the last message, in one line; null in an empty room. */
  lastMessagePreview: string | null;
  /** The reply that is waited for or being written. */
  activeReply: Message | null;
}>;

/** The head of a room that is deleted or empty. */
const NO_HEAD: RoomHead = { lastMessagePreview: null, activeReply: null };

const REPLY_COLUMNS = messageColumnsSql("Message");

/** Reads the heads of all rooms in one answer together. */
export const createHeadLoader = (ctx: Pick<AppContext, "db">): DataLoader<Pick<Chatroom, "id">, RoomHead> =>
  // Nothing is cached beyond its batch: a subscription's request lasts for hours.
  new DataLoader(async (rooms) => rooms.map(await readRoomHeads(ctx, rooms)), { cache: false });

/** What a statement has read of a room's head. */
export type HeadRow = Readonly<{ beginning: string | null; runningId: string | null }>;

/** Reads the heads of some rooms in one statement, and one more where replies are running. @returns the head of each */
async function readRoomHeads(
  ctx: Pick<AppContext, "db">,
  rooms: readonly Pick<Chatroom, "id">[],
): Promise<(room: Pick<Chatroom, "id">) => RoomHead> {
  const rows = await ctx.db.query<HeadRow & { roomId: string }>(headsSql(rooms.map(({ id }) => id)));
  const headOf = await finishHeads(ctx, rows);
  const heads = new Map<string, RoomHead>(rows.map((row) => [row.roomId, headOf(row)]));
  return ({ id }) => heads.get(id) ?? NO_HEAD;
}

/** @returns makes a head of its row; where replies are running, they are read by one more statement */
export async function finishHeads(
  ctx: Pick<AppContext, "db">,
  rows: readonly HeadRow[],
): Promise<(row: HeadRow) => RoomHead> {
  const replies = await readRunning(
    ctx,
    rows.flatMap(({ runningId }) => runningId ?? []),
  );
  return ({ beginning, runningId }) => ({
    lastMessagePreview: beginning === null ? null : previewOf(beginning),
    activeReply: replies.get(runningId ?? "") ?? null,
  });
}

/**
 * Few rooms have one: their columns would be most of what is read of all heads. The statement does not name their status, for
 * which PostgreSQL might walk the index of all running replies.
 */
async function readRunning({ db }: Pick<AppContext, "db">, ids: readonly string[]): Promise<Map<string, Message>> {
  if (ids.length === 0) return new Map();
  const replies = await db.query<Message>(Prisma.sql`
    SELECT ${REPLY_COLUMNS} FROM "Message" WHERE "id" = ANY(${ids}::uuid[])`);
  return new Map(replies.flatMap((reply) => (isRunning(reply.status) ? [[reply.id, reply] as const] : [])));
}

export const headsSql = (roomIds: readonly string[]): Prisma.Sql => Prisma.sql`
  SELECT "room"."id" AS "roomId", ${HEAD_COLUMNS} FROM "Chatroom" "room" ${HEAD_JOINS}
  WHERE "room"."id" = ANY(${roomIds}::uuid[])`;

/** While a reply is empty, the preview shows its question. */
export const HEAD_COLUMNS = Prisma.sql`
  "running"."id" AS "runningId", coalesce(${beginningSql('"leaf"."content"')}, (
    SELECT ${beginningSql('"asked"."content"')} FROM "Message" "asked" WHERE "asked"."id" = "leaf"."parentId"
  )) AS "beginning"`;

/**
 * What `HEAD_COLUMNS` are read of, for a "room" with `id` and `activeLeafId`. It is searched room by room, whatever
 * PostgreSQL takes their number for: a room has at most one running reply, but all rooms together may have many.
 */
export const HEAD_JOINS = Prisma.sql`
  LEFT JOIN LATERAL (
    SELECT "content", "parentId" FROM "Message" WHERE "id" = "room"."activeLeafId" LIMIT 1
  ) "leaf" ON true
  LEFT JOIN LATERAL (
    SELECT "id" FROM "Message"
    WHERE "chatroomId" = "room"."id" AND ${isRunningReplySql("Message")} LIMIT 1
  ) "running" ON true`;
