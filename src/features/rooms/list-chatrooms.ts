import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { Prisma, type Chatroom } from "../../generated/prisma/client.ts";
import { createCursor, MAX_TIME_MS, readCursor, type PageWindow } from "../../platform/paging.ts";
import { isOwnRoomSql } from "./room-access.ts";
import { roomColumnsSql } from "./room-columns.ts";
import { readRoomFilter, type RoomFilter, type RoomFilterInput, roomFilterSql } from "./room-filter.ts";
import { finishHeads, HEAD_COLUMNS, HEAD_JOINS, type HeadRow, type RoomHead } from "./read-room-heads.ts";

/** A room with what a list shows of its conversation. */
export type ListedRoom = Chatroom & { head: RoomHead };

const CURSOR = "room";
const CursorKey = z.tuple([z.int().min(0).max(MAX_TIME_MS), z.guid()]);

/** The key of a room keeps its position in the list, even when the room moves on meanwhile. */
export const roomCursor = ({ lastMessageAt, id }: Chatroom): string =>
  createCursor(CURSOR, [lastMessageAt.getTime(), id]);

type AskedRooms = Readonly<{
  window: PageWindow;
  filter?: RoomFilterInput | null | undefined;
  /** Whether the columns of `BRIEF` are enough. */
  brief: boolean;
}>;

/**
 * A page of the user's rooms, newest activity first, in one statement, and a second where replies are running.
 *
 * @throws {DomainError} `BAD_USER_INPUT` for an invalid cursor, or a text to search for that is blank or too long
 */
export async function listChatrooms(
  ctx: Pick<AppContext, "db">,
  userId: string,
  { window, filter, brief }: AskedRooms,
): Promise<ListedRoom[]> {
  const rows = await ctx.db.query<ListedRoom & HeadRow>(listSql(userId, window, { ...readRoomFilter(filter), brief }));
  const headOf = await finishHeads(ctx, rows);
  for (const row of rows) row.head = headOf(row);
  return rows;
}

type ListedRooms = RoomFilter & { brief?: boolean };

/** The rooms of a page, with their heads. */
export function listSql(userId: string, window: PageWindow, rooms: ListedRooms = {}): Prisma.Sql {
  const order = orderOf(window);
  return Prisma.sql`
    SELECT "room".*, ${HEAD_COLUMNS} FROM (${roomsSql(userId, window, rooms)}) "room" ${HEAD_JOINS}
    ORDER BY "room"."lastMessageAt" ${order}, "room"."id" ${order}`;
}

const orderOf = ({ inverted }: PageWindow): Prisma.Sql => Prisma.raw(inverted ? "ASC" : "DESC");

/**
 * The rooms alone. Walks an index on `(userId, lastMessageAt, id)` from the cursor on: that of all rooms, of those that
 * are pinned, or of the archive.
 */
function roomsSql(userId: string, window: PageWindow, { brief = false, ...filter }: ListedRooms): Prisma.Sql {
  const order = orderOf(window);
  return Prisma.sql`
    SELECT ${roomColumnsSql(brief)} FROM "Chatroom"
    WHERE ${isOwnRoomSql("Chatroom", userId)} AND ${roomFilterSql("Chatroom", filter)}
      ${beyond(window, "after")} ${beyond(window, "before")}
    ORDER BY "lastMessageAt" ${order}, "id" ${order}
    LIMIT ${window.limit}`;
}

function beyond(window: PageWindow, side: "after" | "before"): Prisma.Sql {
  const key = readCursor(CURSOR, CursorKey, window, side);
  if (!key) return Prisma.empty;
  const [time, id] = key;
  return Prisma.sql`AND ("lastMessageAt", "id") ${Prisma.raw(side === "after" ? "<" : ">")} (${new Date(time)}::timestamptz, ${id}::uuid)`;
}
