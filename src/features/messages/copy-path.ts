import { Prisma } from "../../generated/prisma/client.ts";
import { anchorDepthSql } from "./anchors.ts";

/** The way from a message to the root of its tree, as the common table expression `path`. */
const pathSql = (fromId: string): Prisma.Sql => Prisma.sql`
  "path" ("id", "parentId", "depth") AS (
    SELECT "id", "parentId", "depth" FROM "Message" WHERE "id" = ${fromId}::uuid
    UNION ALL
    SELECT "parent"."id", "parent"."parentId", "parent"."depth"
    FROM "path" JOIN "Message" "parent" ON "parent"."id" = "path"."parentId"
  )`;

/** @returns how many messages a path has, and the bytes of their texts and of what is beside them */
export async function measurePath(
  tx: Prisma.TransactionClient,
  fromId: string,
): Promise<{ messages: number; bytes: number }> {
  const [size] = await tx.$queryRaw<[{ messages: number; bytes: number }]>`
    WITH RECURSIVE ${pathSql(fromId)}
    SELECT count(*)::int AS "messages",
      coalesce(sum(octet_length("message"."content") + coalesce("detail"."bytes", 0)), 0)::float8 AS "bytes"
    FROM "path" JOIN "Message" "message" USING ("id") LEFT JOIN "ReplyDetail" "detail" ON "detail"."messageId" = "path"."id"`;
  return size;
}

type Copy = Readonly<{
  fromId: string;
  /** The room that has no messages yet. */
  roomId: string;
  /** The ids of the copies, the root's first. */
  ids: readonly string[];
}>;

/**
 * Copies the path to a message into a room of its own, in two statements. All messages of it have ended. What a copy shows is
 * that of its original, but for its place in the log and the client's id; its charge stays with the original.
 */
export async function copyPath(tx: Prisma.TransactionClient, { fromId, roomId, ids }: Copy): Promise<void> {
  const depth = Prisma.sql`"message"."depth"`;
  const copies = Prisma.sql`(${ids}::uuid[])`;
  await tx.$executeRaw`
    WITH RECURSIVE ${pathSql(fromId)}
    INSERT INTO "Message" ("id", "chatroomId", "parentId", "anchorId", "depth", "seq", ${COPIED_COLUMNS})
    SELECT ${copies}[${depth} + 1], ${roomId}::uuid, CASE WHEN ${depth} > 0 THEN ${copies}[${depth}] END,
      CASE WHEN ${depth} > 0 THEN ${copies}[${anchorDepthSql(depth)} + 1] END, ${depth}, ${depth} + 1, ${COPIED_COLUMNS}
    FROM "path" JOIN "Message" "message" ON "message"."id" = "path"."id"`;
  await tx.$executeRaw`
    WITH RECURSIVE ${pathSql(fromId)}
    INSERT INTO "ReplyDetail" ("messageId", "thought", "activities", "model", "bytes")
    SELECT ${copies}["path"."depth" + 1], "thought", "activities", "model", "bytes"
    FROM "path" JOIN "ReplyDetail" "detail" ON "detail"."messageId" = "path"."id"`;
}

/** Columns of `Message` that a copy has of its own, or not at all: its place in the tree and the log, its client, its charge. */
const OWN_COLUMNS = new Set([
  "id",
  "chatroomId",
  "parentId",
  "anchorId",
  "lastLeafId",
  "depth",
  "seq",
  "beganSeq",
  "clientId",
  "tries",
  "nextTryAt",
  "chargedOn",
  "reservedCost",
  "userId",
  "place",
]);

/** All others. None of them is a column of the path. */
const COPIED_COLUMNS = Prisma.raw(
  Object.keys(Prisma.MessageScalarFieldEnum)
    .filter((name) => !OWN_COLUMNS.has(name))
    .map((name) => `"${name}"`)
    .join(", "),
);
