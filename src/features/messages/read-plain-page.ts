import type { AppContext } from "../../app-context.ts";
import { Prisma, type Message } from "../../generated/prisma/client.ts";
import type { PageWindow } from "../../platform/paging.ts";
import { columnsSql } from "../../platform/postgres/columns.ts";
import { BRIEF, SHOWN } from "./message-columns.ts";
import { pageBorders } from "./read-branches.ts";

export type PlainPage = Readonly<{
  roomId: string;
  /** The head of the branch. */
  leafId: string;
  window: PageWindow;
  /** `BRIEF` or `SHOWN`; null, and nothing, for all. */
  columns?: ReadonlySet<string> | null;
}>;

/**
 * A page of the active branch of a room that has no siblings there, by depth alone: a message that is alone at its depth is on
 * every branch of that length. It takes half of what the walk along parents does.
 *
 * @param maxBytes of all contents together
 * @returns the page, oldest first, or newest first if it is inverted; null for one that has siblings, or long texts:
 *   `readBranches` reads those
 * @throws {DomainError} `BAD_USER_INPUT` for an invalid cursor
 */
export async function readPlainPage(
  { db }: Pick<AppContext, "db">,
  page: PlainPage,
  maxBytes: number,
): Promise<Message[] | null> {
  const { limit } = page.window;
  const rows = await db.query<Message & { content: string | null }>(plainPageSql(page, maxBytes));
  const isPlain = rows.every(({ depth, content }, at) => content !== null && depth !== rows[at - 1]?.depth);
  return isPlain ? rows.slice(0, limit) : null;
}

const othersOf = (columns: ReadonlySet<string>): Prisma.Sql =>
  columnsSql(
    "Message",
    [...columns].filter((column) => column !== "content"),
  );
const ALL_SQL = othersOf(new Set(Object.keys(Prisma.MessageScalarFieldEnum)));
const SOME_SQL = new Map([BRIEF, SHOWN].map((columns) => [columns, othersOf(columns)]));

/**
 * A page of a room without siblings is a range of depths. One row more than it can have shows siblings at the last of them; a
 * range that has many is read no further.
 */
export function plainPageSql({ roomId, leafId, window, columns = null }: PlainPage, maxBytes: number): Prisma.Sql {
  const { limit, inverted } = window;
  const { first, before } = pageBorders(window);
  const last = Prisma.sql`
    LEAST((SELECT "depth" FROM "Message" "leaf" WHERE "leaf"."id" = ${leafId}::uuid), ${before}::int - 1)`;
  const range = inverted
    ? Prisma.sql`GREATEST(${first}::int, ${last} - ${limit - 1}::int) AND ${last}`
    : Prisma.sql`${first}::int AND LEAST(${last}, ${first + limit - 1}::int)`;
  return Prisma.sql`
    SELECT ${(columns && SOME_SQL.get(columns)) ?? ALL_SQL},
      CASE WHEN octet_length("content") <= ${Math.floor(maxBytes / (limit + 1))}::int THEN "content" END AS "content"
    FROM "Message" WHERE "chatroomId" = ${roomId}::uuid AND "depth" BETWEEN ${range}
    ORDER BY "depth" ${Prisma.raw(inverted ? "DESC" : "ASC")} LIMIT ${limit + 1}::int`;
}
