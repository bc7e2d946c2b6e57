import type { AppContext } from "../app-context.ts";
import { dropRoomList } from "../chat/room-list-cache.ts";
import type { Chatroom, Message } from "../generated/prisma/client.ts";
import { isUniqueViolation } from "../platform/is-unique-violation.ts";

export type ClaimedReply = Pick<Message, "id" | "chatroomId" | "parentId" | "attempt" | "tries" | "chargedOn"> &
  Pick<Chatroom, "userId" | "systemPrompt"> & {
    /** One that the settings offer: of a name that they do not offer any more, the default is in its place. */
    model: string;
  };

export type Claim =
  | Readonly<{ kind: "claimed"; reply: ClaimedReply }>
  /** As many replies of the user as may be are being written. */
  | Readonly<{ kind: "waits"; userId: string; attempt: number }>
  /** It has ended, was stopped, or is gone. */
  | Readonly<{ kind: "over" }>;

/**
 * Takes a reply up as its next attempt, which fences off every attempt before. It needs a place, a number from 1 to the
 * limit, that no other reply of the user holds while it is written: a unique index sees to it, whoever claims at the same
 * time. A reply that is being written keeps its place, so that whoever takes it up from a lost worker needs none.
 */
export async function claimReply(
  ctx: Pick<AppContext, "db" | "config" | "cache" | "later">,
  replyId: string,
): Promise<Claim> {
  const places = ctx.config.limits.repliesPerUser;
  for (;;) {
    try {
      return await claim(ctx, replyId, places);
    } catch (error) {
      // Another reply of the user has got the place: this time round it shows as taken.
      if (!isUniqueViolation(error)) throw error;
    }
  }
}

type Found = ClaimedReply | (Pick<ClaimedReply, "userId" | "attempt"> & { id: null });

async function claim(
  ctx: Pick<AppContext, "db" | "config" | "cache" | "later">,
  replyId: string,
  places: number,
): Promise<Claim> {
  const { model, models } = ctx.config.gemini;
  const [found] = await ctx.db.$queryRaw<Found[]>`
    WITH "wanted" AS (
      SELECT "reply"."id", "reply"."attempt", "room"."userId", "room"."systemPrompt"
      FROM "Message" "reply" JOIN "Chatroom" "room" ON "room"."id" = "reply"."chatroomId"
      WHERE "reply"."id" = ${replyId}::uuid AND "reply"."role" = 'ASSISTANT' AND "reply"."status" IN ('PENDING', 'STREAMING')
    ), "taken" AS (
      SELECT "place" FROM "Message" WHERE "userId" = (SELECT "userId" FROM "wanted") AND "status" = 'STREAMING'
    ), "free" AS (
      SELECT "place" FROM generate_series(1, ${places}::int) "place"
      WHERE (SELECT count(*) FROM "taken") < ${places}::int
        AND NOT EXISTS (SELECT FROM "taken" WHERE "taken"."place" = "place"."place")
      -- Those who claim at the same time seldom choose the same one.
      ORDER BY random() LIMIT 1
    ), "claimed" AS (
      UPDATE "Message" "reply"
      SET "status" = 'STREAMING', "attempt" = "reply"."attempt" + 1, "nextTryAt" = NULL, "userId" = "wanted"."userId",
        "model" = CASE WHEN "reply"."model" = ANY(${models}::text[]) THEN "reply"."model" ELSE ${model}::text END,
        "place" = CASE "reply"."status" WHEN 'STREAMING' THEN "reply"."place" ELSE "free"."place" END
      FROM "wanted" LEFT JOIN "free" ON TRUE
      WHERE "reply"."id" = "wanted"."id" AND ("reply"."status" = 'STREAMING'
        OR "reply"."status" = 'PENDING' AND ("free"."place" IS NOT NULL OR ${places}::int = 0))
      RETURNING "reply".*
    )
    SELECT "wanted"."userId"::text, "systemPrompt", "claimed"."id"::text, "chatroomId"::text, "parentId"::text,
      coalesce("claimed"."attempt", "wanted"."attempt") AS "attempt", "tries", "model", "chargedOn"
    FROM "wanted" LEFT JOIN "claimed" ON TRUE`;
  if (!found) return { kind: "over" };
  if (found.id === null) return { kind: "waits", userId: found.userId, attempt: found.attempt };
  ctx.later("drop the list of rooms", dropRoomList(ctx, found.userId));
  return { kind: "claimed", reply: found };
}
