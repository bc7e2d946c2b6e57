import { createAccessToken } from "../../src/features/auth/access-token.ts";
import { readConfig } from "../../src/config.ts";
import { ANCHOR_SPAN } from "../../src/features/messages/anchors.ts";
import { Prisma, type PrismaClient } from "../../src/generated/prisma/client.ts";

/** Somebody who is signed in, with the rooms, newest first. */
export type Owner = Readonly<{ id: string; token: string; rooms: readonly string[] }>;

type Seed = Readonly<{ phone: string; rooms: number; messages: number }>;

/**
 * Puts a user with rooms of the same number of messages straight into the database. A tenth of the messages are siblings,
 * which branch off all along the room; messages of all rooms are stored in the order in which they would have been sent, so
 * that the indexes are filled as they would be.
 */
export async function createOwner(
  db: PrismaClient,
  settings: Readonly<Record<string, string>>,
  { phone, rooms, messages }: Seed,
): Promise<Owner> {
  const [user] = await db.$queryRaw<{ id: string; sessionId: string }[]>`
    WITH "user" AS (
      INSERT INTO "User" ("id", "phone", "plan", "updatedAt") VALUES (gen_random_uuid(), ${phone}, 'PRO', now()) RETURNING "id"
    )
    INSERT INTO "Session" ("id", "userId", "refreshTokenHash", "expiresAt")
    SELECT gen_random_uuid(), "id", 'none of ' || "id", '2100-01-01' FROM "user"
    RETURNING "userId"::text AS "id", "id"::text AS "sessionId"`;
  if (!user) throw new Error("no user was stored");
  const branch = messages - Math.floor(messages / SIBLINGS);
  const room = await db.$queryRaw<{ id: string }[]>`
    INSERT INTO "Chatroom" ("id", "userId", "title", "seq", "replySeq", "readSeq", "activeLeafId", "updatedAt", "lastMessageAt")
    SELECT "id", ${user.id}::uuid, 'Room ' || n, ${messages}, ${messages}, ${messages}, ${idOf(Prisma.sql`${branch - 1}::int`)},
      now(), now() - n * interval '1 minute'
    FROM (SELECT gen_random_uuid() AS "id", n FROM generate_series(1, ${rooms}::int) n) "room"
    RETURNING "id"::text`;
  await db.$executeRaw`
    INSERT INTO "Message" ("id", "chatroomId", "parentId", "anchorId", "depth", "role", "content", "status", "seq", "finishedAt")
    SELECT ${idOf(Prisma.sql`"at"`)}, "id",
      CASE WHEN "depth" > 0 THEN ${idOf(Prisma.sql`"depth" - 1`)} END,
      CASE WHEN "depth" > 0 THEN ${idOf(Prisma.sql`("depth" - 1) / ${Prisma.raw(String(ANCHOR_SPAN))} * ${Prisma.raw(String(ANCHOR_SPAN))}`)} END,
      "depth", (ARRAY['USER', 'ASSISTANT'])["depth" % 2 + 1]::"MessageRole", repeat('Something was said. ', 10), 'COMPLETE',
      "at" + 1, now()
    FROM (
      SELECT "id", "at", CASE WHEN "at" < ${branch} THEN "at" ELSE ("at" - ${branch}) * (${SIBLINGS} - 1) + ${SIBLINGS} - 2 END AS "depth"
      FROM generate_series(0, ${messages - 1}::int) "at", "Chatroom" WHERE "userId" = ${user.id}::uuid
      ORDER BY "at"
    ) "each"`;
  const { token } = await createAccessToken(readConfig(settings), {
    userId: user.id,
    sessionId: user.sessionId,
    now: new Date(),
  });
  return { id: user.id, token, rooms: room.map(({ id }) => id) };
}

/** One of so many messages is a sibling of another. */
const SIBLINGS = 10;

/** A UUID of version 7 that grows with the message's number in its room, and follows from the room's `id`. */
const idOf = (at: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`('01a2' || lpad(to_hex(${at}), 8, '0') || '7000a000' || right("id"::text, 12))::uuid`;
