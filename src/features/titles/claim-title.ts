import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { isFallbackTitleSql } from "../rooms/title.ts";

/** A room whose title this worker looks for. */
export type ClaimedTitle = Readonly<{
  chatroomId: string;
  userId: string;
  /** The message to make it of, and how it begins. */
  messageId: string;
  content: string;
  /** How often a title was looked for, this time included. */
  tries: number;
  /** The end of the lease, which is the fence: a later claim has another one. */
  leaseEnd: Date;
}>;

/** A worker that is silent for longer is taken for dead, in milliseconds. */
const LEASE_MS = 60_000;
/** Code points of a message that a title is made of. */
const READ_LENGTH = 2_000;

type Claim = Readonly<{
  chatroomId: string;
  /** The model that is to be asked: nothing is claimed while it is paused. */
  model: string;
  maxTries: number;
}>;

type Row = Pick<Message, "content"> & { userId: string; messageId: string; tries: number; isClaimed: boolean };

/**
 * Claims the search for a room's title, if it is due: of two workers one gets it. No title is looked for any more after
 * `maxTries`, for a message that is gone, or for one that was blocked.
 *
 * @returns null where there is nothing to do now
 */
export async function claimTitle(
  ctx: Pick<AppContext, "db" | "clock">,
  { chatroomId, model, maxTries }: Claim,
): Promise<ClaimedTitle | null> {
  const now = ctx.clock.now();
  const leaseEnd = new Date(now.getTime() + LEASE_MS);
  const [row] = await ctx.db.$queryRaw<Row[]>`
    WITH "wanted" AS (
      SELECT "room"."id", "question"."id" AS "messageId", left("question"."content", ${READ_LENGTH}::int) AS "content",
        "pause"."until" AS "pausedUntil",
        "question"."id" IS NOT NULL AND "room"."titleTries" < ${maxTries}::int AND (
          SELECT "reply"."status" FROM "Message" "reply"
          WHERE "reply"."parentId" = "question"."id" AND "reply"."role" = 'ASSISTANT' ORDER BY "reply"."id" DESC LIMIT 1
        ) IS DISTINCT FROM 'BLOCKED' AS "mayBeMade"
      FROM "Chatroom" "room"
      LEFT JOIN "Message" "question" ON "question"."id" = "room"."titleMessageId"
      LEFT JOIN "ModelPause" "pause" ON "pause"."model" = ${model} AND "pause"."until" > ${now}::timestamptz
      WHERE "room"."id" = ${chatroomId}::uuid AND "room"."titleDueAt" <= ${now}::timestamptz
        AND "room"."deletedAt" IS NULL AND ${isFallbackTitleSql("room")}
      FOR UPDATE OF "room"
    )
    UPDATE "Chatroom" SET
      "titleDueAt" = CASE WHEN "mayBeMade" THEN coalesce("pausedUntil", ${leaseEnd}::timestamptz) END,
      "titleTries" = "titleTries" + CASE WHEN "mayBeMade" AND "pausedUntil" IS NULL THEN 1 ELSE 0 END
    FROM "wanted" WHERE "Chatroom"."id" = "wanted"."id"
    RETURNING "Chatroom"."userId"::text, "wanted"."messageId"::text, "wanted"."content", "titleTries" AS "tries",
      "mayBeMade" AND "pausedUntil" IS NULL AS "isClaimed"`;
  if (!row?.isClaimed) return null;
  const { userId, messageId, content, tries } = row;
  return { chatroomId, userId, messageId, content, tries, leaseEnd };
}
