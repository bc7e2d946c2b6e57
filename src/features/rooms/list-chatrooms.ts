import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { Prisma, type Chatroom } from "../../generated/prisma/client.ts";
import { chatroomColumnsSql, columnsSql } from "../../platform/postgres/columns.ts";
import { createCursor, MAX_TIME_MS, readCursor, type PageWindow } from "../../platform/paging.ts";
import { isOwnRoomSql } from "./room-access.ts";
import { readRoomFilter, type RoomFilter, type RoomFilterInput, roomFilterSql } from "./room-filter.ts";
import { readRoomHeads, type RoomHead } from "./read-room-heads.ts";

/** A room with what a list shows of its conversation. */
export type ListedRoom = Chatroom & { head: RoomHead };

const CURSOR = "room";
const CursorKey = z.tuple([z.int().min(0).max(MAX_TIME_MS), z.guid()]);

/** The key of a room keeps its position in the list, even when the room moves on meanwhile. */
export const roomCursor = ({ lastMessageAt, id }: Chatroom): string =>
  createCursor(CURSOR, [lastMessageAt.getTime(), id]);

/** What a sidebar shows of a room, and what its cursor needs: a third of the columns, and of the time to read a page. */
export const BRIEF: ReadonlySet<string> = new Set([
  "id",
  "title",
  "titleSource",
  "lastMessageAt",
  "pinnedAt",
  "archivedAt",
  "seq",
  "replySeq",
  "readSeq",
] satisfies (keyof Chatroom)[]);

type AskedRooms = Readonly<{
  window: PageWindow;
  filter?: RoomFilterInput | null | undefined;
  /** Whether the columns of `BRIEF` are enough. */
  brief: boolean;
}>;

/**
 * A page of the user's rooms, newest activity first, in two statements, and a third where replies are running.
 *
 * @throws {DomainError} `BAD_USER_INPUT` for an invalid cursor, or a text to search for that is blank or too long
 */
export async function listChatrooms(
  ctx: Pick<AppContext, "db">,
  userId: string,
  { window, filter, brief }: AskedRooms,
): Promise<ListedRoom[]> {
  const rooms = await ctx.db.query<Chatroom>(roomsSql(userId, window, { ...readRoomFilter(filter), brief }));
  const headOf = await readRoomHeads(ctx, rooms);
  return rooms.map((room) => Object.assign(room, { head: headOf(room) }));
}

const ALL_SQL = chatroomColumnsSql("Chatroom");
const BRIEF_SQL = columnsSql("Chatroom", BRIEF);

/**
 * The statement, which walks an index on `(userId, lastMessageAt, id)` from the cursor on: that of all rooms, of those that
 * are pinned, or of the archive.
 */
export function roomsSql(
  userId: string,
  window: PageWindow,
  { brief = false, ...filter }: RoomFilter & { brief?: boolean } = {},
): Prisma.Sql {
  const { limit, inverted } = window;
  const order = Prisma.raw(inverted ? "ASC" : "DESC");
  return Prisma.sql`
    SELECT ${brief ? BRIEF_SQL : ALL_SQL} FROM "Chatroom"
    WHERE ${isOwnRoomSql("Chatroom", userId)} AND ${roomFilterSql("Chatroom", filter)}
      ${beyond(window, "after")} ${beyond(window, "before")}
    ORDER BY "lastMessageAt" ${order}, "id" ${order}
    LIMIT ${limit}`;
}

function beyond(window: PageWindow, side: "after" | "before"): Prisma.Sql {
  const key = readCursor(CURSOR, CursorKey, window, side);
  if (!key) return Prisma.empty;
  const [time, id] = key;
  return Prisma.sql`AND ("lastMessageAt", "id") ${Prisma.raw(side === "after" ? "<" : ">")} (${new Date(time)}::timestamptz, ${id}::uuid)`;
}
