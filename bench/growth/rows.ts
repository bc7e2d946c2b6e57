import type { PrismaClient } from "../../src/generated/prisma/client.ts";

/** A table or an index, as PostgreSQL has filled it. */
export type Relation = Readonly<{
  table: string;
  name: string;
  isIndex: boolean;
  rows: number;
  bytes: number;
  pages: number;
}>;

/**
 * Sizes of the two tables that grow with what people say, and of their indexes, the largest first. Left out are indexes of
 * few rows, such as the running replies: they do not grow with what is stored.
 */
export async function measureRows(db: PrismaClient): Promise<Relation[]> {
  await db.$executeRaw`VACUUM ANALYZE "Message", "Chatroom"`;
  return db.$queryRaw<Relation[]>`
    SELECT "table"."relname" AS "table", "each"."relname" AS "name", "each"."relkind" = 'i' AS "isIndex",
      "each"."reltuples"::float8 AS "rows",
      (CASE WHEN "each"."relkind" = 'i' THEN pg_relation_size("each"."oid") ELSE pg_table_size("each"."oid") END)::float8 AS "bytes",
      "each"."relpages"::float8 AS "pages"
    FROM pg_class "table"
    LEFT JOIN pg_index ON "indrelid" = "table"."oid"
    JOIN pg_class "each" ON "each"."oid" IN ("table"."oid", "indexrelid")
    WHERE "table"."relname" IN ('Message', 'Chatroom') AND "table"."relkind" = 'r' AND "each"."reltuples" > "table"."reltuples" / 2
    GROUP BY 1, 2, 3, 4, 5, 6
    ORDER BY "table"."relname" DESC, 3, 5 DESC`;
}
