import { Prisma, type Message } from "../../generated/prisma/client.ts";
import { anchorDepthSql } from "./anchors.ts";

type Reads = Pick<Prisma.TransactionClient, "$queryRaw">;
type Node = Pick<Message, "id" | "depth">;

/** The walk from a leaf to its ancestor at a depth, as the common table expression `up`, whose last row is the ancestor. */
const walkUpSql = (leafId: string, depth: number): Prisma.Sql => Prisma.sql`
  "up" ("id", "parentId", "anchorId", "depth") AS (
    SELECT "id", "parentId", "anchorId", "depth" FROM "Message" WHERE "id" = ${leafId}::uuid
    UNION ALL
    SELECT "next"."id", "next"."parentId", "next"."anchorId", "next"."depth"
    FROM "up" CROSS JOIN LATERAL (
      SELECT * FROM "Message" WHERE "id" = CASE
        WHEN "up"."anchorId" IS NOT NULL AND ${anchorDepthSql(Prisma.sql`"up"."depth"`)} >= ${depth}::int THEN "up"."anchorId"
        ELSE "up"."parentId"
      END LIMIT 1
    ) "next"
    WHERE "up"."depth" > ${depth}::int
  )`;

/** Whether a message is another one, or follows it. */
export async function isOnBranchOf(db: Reads, leafId: string, { id, depth }: Node): Promise<boolean> {
  const [ancestor] = await db.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE ${walkUpSql(leafId, depth)}
    SELECT "id"::text FROM "up" WHERE "depth" <= ${depth}::int`;
  return ancestor?.id === id;
}

/**
 * The leaf to which a message leads: where the head last left its branches, or else the newest of its branches.
 *
 * @returns null when there is no such message
 */
export async function findLeafBelow(db: Reads, id: string): Promise<string | null> {
  const [leaf] = await db.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE "down" ("id", "lastLeafId", "depth") AS (
      SELECT "id", "lastLeafId", "depth" FROM "Message" WHERE "id" = ${id}::uuid
      UNION ALL
      SELECT "next"."id", "next"."lastLeafId", "next"."depth" FROM "down" CROSS JOIN LATERAL (
        SELECT * FROM (
          (SELECT "id", "lastLeafId", "depth", 1 AS "rank" FROM "Message"
            WHERE "id" = "down"."lastLeafId" AND "id" <> "down"."id" LIMIT 1)
          UNION ALL
          (SELECT "id", "lastLeafId", "depth", 2 FROM "Message" WHERE "parentId" = "down"."id" ORDER BY "id" DESC LIMIT 1)
        ) "each" ORDER BY "rank" LIMIT 1
      ) "next"
    )
    SELECT "id"::text FROM "down" ORDER BY "depth" DESC LIMIT 1`;
  return leaf?.id ?? null;
}
