import { createAccessToken } from "../../src/features/auth/access-token.ts";
import { readConfig } from "../../src/config.ts";
import { Prisma, type PrismaClient } from "../../src/generated/prisma/client.ts";
import { PAGE } from "./cases.ts";

/** Somebody who is signed in and has `PAGE` rooms. */
export type Person = Readonly<{ id: string; token: string; rooms: readonly string[] }>;

/**
 * Puts people with their rooms straight into the database. In each room something was said; in the first room of the
 * first people it was `PAGE` times.
 *
 * @param count how many, and how many of them have such a room
 */
export async function createPeople(
  db: PrismaClient,
  settings: Readonly<Record<string, string>>,
  count: { people: number; talkers: number },
): Promise<Person[]> {
  await db.$executeRaw`
    INSERT INTO "User" ("id", "phone", "plan", "updatedAt")
    SELECT gen_random_uuid(), '+1' || (2000000000 + n), 'PRO', now() FROM generate_series(1, ${count.people}::int) AS n`;
  await db.$executeRaw`
    INSERT INTO "Session" ("id", "userId", "refreshTokenHash", "expiresAt")
    SELECT gen_random_uuid(), "id", 'none of ' || "id", '2100-01-01' FROM "User"`;
  await db.$executeRaw`
    INSERT INTO "Chatroom" ("id", "userId", "title", "model", "seq", "activeLeafId", "updatedAt", "lastMessageAt")
    SELECT "id", "userId", 'Room ' || n, 'gemini-3.5-flash-lite', "said", ${messageId(Prisma.sql`"said" - 1`)}, now(),
      now() - n * interval '1 minute'
    FROM (
      SELECT gen_random_uuid() AS "id", "id" AS "userId", n,
        CASE WHEN n = 1 AND "phone" <= '+1' || (2000000000 + ${count.talkers}::int) THEN ${PAGE}::int ELSE 1 END AS "said"
      FROM "User", generate_series(1, ${PAGE}::int) AS n
    ) AS "room"`;
  await db.$executeRaw`
    INSERT INTO "Message" ("id", "chatroomId", "parentId", "depth", "role", "content", "status", "seq", "finishedAt")
    SELECT ${messageId(Prisma.sql`d`)}, "id", CASE WHEN d > 0 THEN ${messageId(Prisma.sql`d - 1`)} END, d,
      (CASE d % 2 WHEN 0 THEN 'USER' ELSE 'ASSISTANT' END)::"MessageRole", repeat('Something was said. ', 10), 'COMPLETE',
      d + 1, now()
    FROM "Chatroom", generate_series(0, "seq" - 1) AS d`;
  // Each has sent messages before: PostgreSQL keeps plans, and of empty tables it would keep those that read all of them.
  await db.$executeRaw`
    INSERT INTO "Usage" ("userId", "day", "messages") SELECT "id", current_date - 1, 20 FROM "User"`;
  await db.$executeRaw`INSERT INTO "AccountLog" ("userId", "seq") SELECT "id", 20 FROM "User"`;
  await db.$executeRaw`ANALYZE`;
  return readPeople(db, settings);
}

/** A UUID that follows from the room's `id` and the depth, so that what refers to it need not look it up. */
const messageId = (depth: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`overlay(overlay(md5("id" || '/' || (${depth})) PLACING '4' FROM 13) PLACING '8' FROM 17)::uuid`;

async function readPeople(db: PrismaClient, settings: Readonly<Record<string, string>>): Promise<Person[]> {
  const found = await db.$queryRaw<{ id: string; sessionId: string; rooms: string[] }[]>`
    SELECT "User"."id"::text, "Session"."id"::text AS "sessionId",
      array(SELECT "id"::text FROM "Chatroom" WHERE "userId" = "User"."id" ORDER BY "seq" DESC, "lastMessageAt" DESC) AS "rooms"
    FROM "User" JOIN "Session" ON "Session"."userId" = "User"."id"
    ORDER BY "phone"`;
  const config = readConfig(settings);
  const now = new Date();
  return Promise.all(
    found.map(async ({ id, sessionId, rooms }) => {
      const { token } = await createAccessToken(config, { userId: id, sessionId, now });
      return { id, token, rooms };
    }),
  );
}
