import { Prisma } from "../../generated/prisma/client.ts";
import { anchorDepthSql } from "./anchors.ts";

const FROM_ANCHOR = anchorDepthSql(Prisma.sql`"apart"."fromDepth"`);
const TO_ANCHOR = anchorDepthSql(Prisma.sql`"apart"."toDepth"`);

/**
 * Remembers where the head of a room left a branch, as a part of the statement that moves the head: the leaf that was the
 * head becomes the `lastLeafId` of the message at which the old branch and the new one part, on the side of the old one. From
 * there `selectBranch` finds back. Nothing is remembered when the old head is on the new branch.
 *
 * Both are followed to the root in step, anchor by anchor, then parent by parent. The statement needs `WITH RECURSIVE`, and
 * the lock of the room.
 *
 * @param from the old head
 * @param to a message of the new branch; null for the root of the tree
 * @param cause a common table expression: nothing is remembered unless it has a row
 * @returns the common table expressions `apart` and `remembered`
 */
export const leaveBranchSql = (from: string, to: string | null, cause: string): Prisma.Sql => Prisma.sql`
  "apart" ("childId", "fromId", "fromDepth", "fromParent", "fromAnchor", "toId", "toDepth", "toParent", "toAnchor") AS (
    SELECT NULL::uuid, "from"."id", "from"."depth", "from"."parentId", "from"."anchorId",
      "to"."id", coalesce("to"."depth", -1), "to"."parentId", "to"."anchorId"
    FROM "Message" "from" LEFT JOIN "Message" "to" ON "to"."id" = ${to}::uuid
    WHERE "from"."id" = ${from}::uuid
    UNION ALL
    SELECT CASE WHEN "fromMoves" THEN "apart"."fromId" ELSE "apart"."childId" END,
      "next"."fromId", "next"."fromDepth", "from"."parentId", "from"."anchorId",
      "next"."toId", "next"."toDepth", "to"."parentId", "to"."anchorId"
    FROM "apart" CROSS JOIN LATERAL (
      SELECT "fromDepth" >= "toDepth" AS "fromMoves", "toDepth" >= "fromDepth" AS "toMoves",
        coalesce(CASE
          WHEN "fromDepth" = "toDepth" THEN "fromAnchor" <> "toAnchor"
          WHEN "fromDepth" > "toDepth" THEN "fromAnchor" IS NOT NULL AND ${FROM_ANCHOR} > "toDepth"
          ELSE "toAnchor" IS NOT NULL AND ${TO_ANCHOR} >= "fromDepth"
        END, FALSE) AS "far"
    ) "step" CROSS JOIN LATERAL (
      SELECT
        CASE WHEN NOT "fromMoves" THEN "fromId" WHEN "far" THEN "fromAnchor" ELSE "fromParent" END AS "fromId",
        CASE WHEN NOT "fromMoves" THEN "fromDepth" WHEN "far" THEN ${FROM_ANCHOR} ELSE "fromDepth" - 1 END AS "fromDepth",
        CASE WHEN NOT "toMoves" THEN "toId" WHEN "far" THEN "toAnchor" ELSE "toParent" END AS "toId",
        CASE WHEN NOT "toMoves" THEN "toDepth" WHEN "far" THEN ${TO_ANCHOR} ELSE "toDepth" - 1 END AS "toDepth"
    ) "next"
    LEFT JOIN LATERAL (SELECT * FROM "Message" WHERE "id" = "next"."fromId" LIMIT 1) "from" ON TRUE
    LEFT JOIN LATERAL (SELECT * FROM "Message" WHERE "id" = "next"."toId" LIMIT 1) "to" ON TRUE
    WHERE "apart"."fromId" IS DISTINCT FROM "apart"."toId"
  ), "remembered" AS (
    UPDATE "Message" SET "lastLeafId" = ${from}::uuid FROM "apart", ${Prisma.raw(`"${cause}"`)}
    WHERE "apart"."fromId" IS NOT DISTINCT FROM "apart"."toId" AND "Message"."id" = "apart"."childId"
  )`;
