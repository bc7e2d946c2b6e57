import type { Chatroom, Prisma } from "../../generated/prisma/client.ts";
import { chatroomColumnsSql, columnsSql } from "../../platform/postgres/columns.ts";

/** What a sidebar shows of a room, and what its cursor and its head need: a third of the columns, and of the time to read them. */
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
  "activeLeafId",
] satisfies (keyof Chatroom)[]);

const ALL_SQL = chatroomColumnsSql("Chatroom");
const BRIEF_SQL = columnsSql("Chatroom", BRIEF);

/** The columns of a room as a part of a statement. @param brief whether those of `BRIEF` are enough */
export const roomColumnsSql = (brief: boolean): Prisma.Sql => (brief ? BRIEF_SQL : ALL_SQL);
