import type { AppContext } from "../../app-context.ts";
import { isRunningReplySql } from "../rooms/message-status.ts";
import { resolveAllModels, resolveModel } from "../models/resolve-model.ts";
import { roomChanged } from "../rooms/room-changed.ts";
import type { Chatroom, Message } from "../../generated/prisma/client.ts";
import { isUniqueViolation } from "../../platform/postgres/is-unique-violation.ts";

export type ClaimedReply = Pick<Message, "id" | "chatroomId" | "parentId" | "attempt" | "tries" | "chargedOn"> &
  Pick<Chatroom, "userId" | "systemPrompt"> & {
    /** One that is asked today: for a retired one its replacement, for one that is not offered any more the default. */
    model: string;
  };

export type Claim =
  | Readonly<{ kind: "claimed"; reply: ClaimedReply }>
  /** As many replies of the user as may be are being written. */
  | Readonly<{ kind: "waits"; userId: string; attempt: number }>
  /** Its model is paused: it was put back until then, which is no try. */
  | Readonly<{ kind: "paused"; userId: string; attempt: number; nextTryAt: Date }>
  /** It has ended, was stopped, or is gone. */
  | Readonly<{ kind: "ended" }>;

/**
 * Takes a reply up as its next attempt, which fences off every attempt before. It needs a place, a number from 1 to the
 * limit, that no other reply of the user holds while it is written: a unique index sees to it, whoever claims at the same
 * time. A reply that is being written keeps its place, so that whoever takes it up from a lost worker needs none. One that
 * waits for a model that is paused goes on waiting.
 */
export async function claimReply(
  ctx: Pick<AppContext, "db" | "config" | "cache" | "runInBackground" | "clock">,
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

type Found = ClaimedReply | NotClaimed<null> | NotClaimed<Date>;
type NotClaimed<NextTryAt> = Pick<ClaimedReply, "userId" | "attempt"> & { id: null; nextTryAt: NextTryAt };

/** What a pause has postponed comes back within so long after its end, in milliseconds, and not all at once. */
const SPREAD_MS = 2_000;

async function claim(
  ctx: Pick<AppContext, "db" | "config" | "cache" | "runInBackground" | "clock">,
  replyId: string,
  places: number,
): Promise<Claim> {
  const defaultModel = resolveModel(ctx, null).id;
  const models = JSON.stringify(resolveAllModels(ctx));
  const now = ctx.clock.now();
  const [found] = await ctx.db.$queryRaw<Found[]>`
    WITH "wanted" AS (
      SELECT "reply"."id", "reply"."attempt", "room"."userId", "room"."systemPrompt",
        coalesce(${models}::jsonb ->> "reply"."model", ${defaultModel}::text) AS "model"
      FROM "Message" "reply" JOIN "Chatroom" "room" ON "room"."id" = "reply"."chatroomId"
      WHERE "reply"."id" = ${replyId}::uuid AND ${isRunningReplySql("reply")}
    ), "paused" AS (
      UPDATE "Message" "reply"
      SET "nextTryAt" = "pause"."until" + least("pause"."until" - ${now}::timestamptz, ${SPREAD_MS}::int * interval '1 ms') * random()
      FROM "wanted" JOIN "ModelPause" "pause" ON "pause"."model" = "wanted"."model" AND "pause"."until" > ${now}::timestamptz
      WHERE "reply"."id" = "wanted"."id" AND "reply"."status" = 'PENDING'
      RETURNING "nextTryAt"
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
        "model" = "wanted"."model",
        "place" = CASE "reply"."status" WHEN 'STREAMING' THEN "reply"."place" ELSE "free"."place" END
      FROM "wanted" LEFT JOIN "free" ON TRUE
      WHERE "reply"."id" = "wanted"."id" AND NOT EXISTS (SELECT FROM "paused") AND ("reply"."status" = 'STREAMING'
        OR "reply"."status" = 'PENDING' AND ("free"."place" IS NOT NULL OR ${places}::int = 0))
      RETURNING "reply".*
    )
    SELECT "wanted"."userId"::text, "systemPrompt", "claimed"."id"::text, "chatroomId"::text, "parentId"::text,
      coalesce("claimed"."attempt", "wanted"."attempt") AS "attempt", "tries",
      "claimed"."model", "chargedOn", "paused"."nextTryAt"
    FROM "wanted" LEFT JOIN "claimed" ON TRUE LEFT JOIN "paused" ON TRUE`;
  if (!found) return { kind: "ended" };
  const { userId } = found;
  if (found.id === null && found.nextTryAt === null) return { kind: "waits", userId, attempt: found.attempt };
  ctx.runInBackground("room changed", roomChanged(ctx, userId));
  if (found.id !== null) return { kind: "claimed", reply: found };
  return { kind: "paused", userId, attempt: found.attempt, nextTryAt: found.nextTryAt };
}
