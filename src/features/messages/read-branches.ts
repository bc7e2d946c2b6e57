import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { Prisma, type Message } from "../../generated/prisma/client.ts";
import { AnswerTooLarge, MAX_ANSWER_BYTES } from "../../platform/answer-limit.ts";
import { columnsSql } from "../../platform/postgres/columns.ts";
import { anchorDepthSql } from "./anchors.ts";
import { createCursor, readCursor, type PageWindow } from "../../platform/paging.ts";

const CURSOR = "message";
/** Deeper than any branch, and a page beyond it still fits PostgreSQL's integer. */
const MAX_DEPTH = 2 ** 30;
const CursorKey = z.tuple([z.int().min(0).max(MAX_DEPTH)]);

/** The key of a message in its branch is its distance from the root. */
export const messageCursor = ({ depth }: Message): string => createCursor(CURSOR, [depth]);

/**
 * The depths that a window's cursors allow: from `first` on, and less than `before`.
 *
 * @throws {DomainError} `BAD_USER_INPUT` for an invalid cursor
 */
export const pageBorders = (window: PageWindow): { first: number; before: number | null } => ({
  first: (readCursor(CURSOR, CursorKey, window, "after")?.[0] ?? -1) + 1,
  before: readCursor(CURSOR, CursorKey, window, "before")?.[0] ?? null,
});

/**
 * The same page of the active branch of several rooms, in one statement.
 *
 * @param leafIds the heads of the branches; null for a room without messages
 * @param maxBytes of all contents together. When there are more, none is read, and selecting one fails with
 *   `OPERATION_TOO_COMPLEX`.
 * @returns the page of each, by its leaf: oldest first, or newest first if it is inverted; and the bytes that were
 *   read
 * @throws {DomainError} `BAD_USER_INPUT` for an invalid cursor
 */
export async function readBranches(
  ctx: Pick<AppContext, "db">,
  leafIds: readonly (string | null)[],
  window: PageWindow,
  maxBytes: number,
): Promise<{ pageOf: (leafId: string | null) => Message[]; bytes: number }> {
  const sql = branchesSql(
    leafIds.filter((id) => id !== null),
    window,
    maxBytes,
  );
  const rows = await ctx.db.query<Row>(sql);
  const pages = new Map<string, Message[]>();
  for (const { leafId, bytes: _, content, ...message } of rows) {
    const page = pages.get(leafId) ?? [];
    pages.set(leafId, page);
    page.push(content === null ? withoutContent(message) : { ...message, content });
  }
  const bytes = rows[0]?.bytes ?? 0;
  return { pageOf: (leafId) => pages.get(leafId ?? "") ?? [], bytes: bytes > maxBytes ? 0 : bytes };
}

type Row = Omit<Message, "content"> & {
  leafId: string;
  /** Of the contents of all rows. */
  bytes: number;
  /** Null in all rows if they have too many bytes. */
  content: string | null;
};

const withoutContent = (message: Omit<Message, "content">): Message => ({
  ...message,
  get content(): string {
    throw new AnswerTooLarge();
  },
});

const { content: _content, ...OTHER_COLUMNS } = Prisma.MessageScalarFieldEnum;
const OTHERS = columnsSql("Message", Object.keys(OTHER_COLUMNS));

/** PostgreSQL knows the size of a text without reading it. */
const BYTES = Prisma.sql`(sum(octet_length("Message"."content")) OVER ())::float8`;

const ANCHOR_DEPTH = anchorDepthSql(Prisma.sql`"branch"."depth"`);

/**
 * Depths have no gaps along a branch, so a page is a range of depths, walked from its end to its beginning. A message that is
 * alone at the end's depth is on every branch of that length; otherwise the walk starts at the leaf, from anchor to
 * anchor until the page.
 */
export function branchesSql(
  leafIds: readonly string[],
  window: PageWindow,
  maxBytes: number = MAX_ANSWER_BYTES,
): Prisma.Sql {
  const { limit, inverted } = window;
  const { first, before } = pageBorders(window);
  const last = Prisma.sql`LEAST("depth", ${before}::int - 1)`;
  const range = inverted
    ? Prisma.sql`GREATEST(${first}::int, ${last} - ${limit}::int + 1) AS "from", ${last} AS "to"`
    : Prisma.sql`${first}::int AS "from", LEAST(${last}, ${first}::int + ${limit}::int - 1) AS "to"`;
  return Prisma.sql`
    WITH RECURSIVE "page" AS (
      SELECT "id" AS "leafId", "chatroomId", ${range} FROM "Message" WHERE "id" = ANY(${leafIds}::uuid[])
    ), "branch" AS (
      SELECT "page"."leafId", "page"."from", "page"."to", "start"."id", "start"."parentId", "start"."anchorId", "start"."depth"
      FROM "page" JOIN "Message" "start" ON "start"."id" = coalesce((
        SELECT CASE WHEN count(*) = 1 THEN (array_agg("id"))[1] END FROM "Message" "only"
        WHERE "only"."chatroomId" = "page"."chatroomId" AND "only"."depth" = "page"."to"
      ), "page"."leafId")
      UNION ALL
      SELECT "branch"."leafId", "branch"."from", "branch"."to", "next"."id", "next"."parentId", "next"."anchorId", "next"."depth"
      FROM "branch" JOIN "Message" "next" ON "next"."id" = CASE
        WHEN "branch"."depth" > "branch"."to" AND "branch"."anchorId" IS NOT NULL AND ${ANCHOR_DEPTH} >= "branch"."to"
        THEN "branch"."anchorId" ELSE "branch"."parentId" END
      WHERE "branch"."depth" > "branch"."from"
    )
    SELECT "branch"."leafId", ${OTHERS}, ${BYTES} AS "bytes",
      CASE WHEN ${BYTES} <= ${maxBytes}::float8 THEN "Message"."content" END AS "content"
    FROM "branch" JOIN "Message" ON "Message"."id" = "branch"."id"
    WHERE "branch"."depth" BETWEEN "branch"."from" AND "branch"."to"
    ORDER BY "branch"."depth" ${Prisma.raw(inverted ? "DESC" : "ASC")}`;
}
