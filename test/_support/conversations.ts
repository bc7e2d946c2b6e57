import type { RequestRecord } from "../../tools/fakes/gemini/record.ts";
import type { Database } from "../../src/platform/postgres/prisma.ts";

/** Puts messages "m2", "m3" and so on, each a reply to the one before, after a room's first exchange, and selects the last. */
export async function insertShortMessages(
  db: Database,
  { chatroomId, count }: Readonly<{ chatroomId: string; count: number }>,
): Promise<void> {
  await db.$executeRaw`
    WITH "made" AS (
      SELECT "at", gen_random_uuid() AS "id" FROM generate_series(2, ${count}::int + 1) "at"
    ), "stored" AS (
      INSERT INTO "Message" ("id", "chatroomId", "parentId", "depth", "role", "content", "status", "finishedAt")
      SELECT "made"."id", "room"."id", coalesce("parent"."id", "room"."activeLeafId"), "made"."at",
        CASE "made"."at" % 2 WHEN 0 THEN 'USER' ELSE 'ASSISTANT' END::"MessageRole", 'm' || "made"."at", 'COMPLETE', now()
      FROM "made" LEFT JOIN "made" "parent" ON "parent"."at" = "made"."at" - 1, "Chatroom" "room"
      WHERE "room"."id" = ${chatroomId}::uuid
      RETURNING "id", "depth"
    )
    UPDATE "Chatroom" SET "activeLeafId" = (SELECT "id" FROM "stored" ORDER BY "depth" DESC LIMIT 1)
    WHERE "id" = ${chatroomId}::uuid`;
}

/** How the turns of a request begin. */
export const turnsOf = (request: RequestRecord | undefined) =>
  (request?.body.contents ?? []).map(({ parts }) => (parts?.[0]?.text ?? "").split(" ")[0]);

/** The turn of a request that stands for what was summarised. */
export const summaryIn = (request: RequestRecord | undefined) =>
  request?.body.contents
    ?.map(({ parts }) => parts?.[0]?.text ?? "")
    .find((text) => text.includes("conversation_summary"));
