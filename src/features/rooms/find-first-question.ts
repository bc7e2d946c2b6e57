import type { Prisma } from "../../generated/prisma/client.ts";

/**
 * The first message on the active branch of a room whose reply was not blocked.
 *
 * @returns null in a room without one
 */
export async function findFirstQuestion(
  tx: Pick<Prisma.TransactionClient, "$queryRaw">,
  leafId: string | null,
): Promise<{ id: string; content: string } | null> {
  const [question] = await tx.$queryRaw<{ id: string; content: string }[]>`
    WITH RECURSIVE "path" AS (
      SELECT "id", "parentId", "depth", "role", "status", NULL::"MessageStatus" AS "answer"
      FROM "Message" WHERE "id" = ${leafId}::uuid
      UNION ALL
      SELECT "parent"."id", "parent"."parentId", "parent"."depth", "parent"."role", "parent"."status", "path"."status"
      FROM "path" JOIN "Message" "parent" ON "parent"."id" = "path"."parentId"
    )
    SELECT "Message"."id"::text, "Message"."content" FROM (
      SELECT "id" FROM "path" WHERE "role" = 'USER' AND "answer" IS DISTINCT FROM 'BLOCKED' ORDER BY "depth" LIMIT 1
    ) "first" JOIN "Message" ON "Message"."id" = "first"."id"`;
  return question ?? null;
}
