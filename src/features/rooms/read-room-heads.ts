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

/** Reads the heads of some rooms in one statement, and one more where replies are running. @returns the head of each */
export async function readRoomHeads(
  ctx: Pick<AppContext, "db">,
  rooms: readonly Pick<Chatroom, "id">[],
): Promise<(room: Pick<Chatroom, "id">) => RoomHead> {
  type Row = { roomId: string; beginning: string | null; runningId: string | null };
  const rows = rooms.length > 0 ? await ctx.db.query<Row>(headsSql(rooms.map(({ id }) => id))) : [];
  const replies = await readRunning(
    ctx,
    rows.flatMap(({ runningId }) => runningId ?? []),
  );
  const heads = new Map<string, RoomHead>(
    rows.map(({ roomId, beginning, runningId }) => {
      const lastMessagePreview = beginning === null ? null : previewOf(beginning);
      return [roomId, { lastMessagePreview, activeReply: replies.get(runningId ?? "") ?? null }];
    }),
  );
  return ({ id }) => heads.get(id) ?? NO_HEAD;
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

/**
 * While a reply is empty, the preview shows its question. The running reply is searched room by room: a room has at
 * most one, but all rooms together may have many.
 */
export const headsSql = (roomIds: readonly string[]): Prisma.Sql => Prisma.sql`
  SELECT "room"."id" AS "roomId", "running"."id" AS "runningId",
    coalesce(${beginningSql('"leaf"."content"')}, (
      SELECT ${beginningSql('"asked"."content"')} FROM "Message" "asked" WHERE "asked"."id" = "leaf"."parentId"
    )) AS "beginning"
  FROM "Chatroom" "room"
  LEFT JOIN "Message" "leaf" ON "leaf"."id" = "room"."activeLeafId"
  LEFT JOIN LATERAL (
    SELECT "id" FROM "Message"
    WHERE "chatroomId" = "room"."id" AND ${isRunningReplySql("Message")} LIMIT 1
  ) "running" ON true
  WHERE "room"."id" = ANY(${roomIds}::uuid[])`;
