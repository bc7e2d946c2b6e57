import type { AppContext } from "../../app-context.ts";
import { isStillRunningSql } from "../rooms/message-status.ts";
import { continuingModels, readDraft, type Draft } from "./draft.ts";
import { resolveAllModels, resolveModel } from "../models/resolve-model.ts";
import { roomChangeAt, roomChangeSql, stampRoomSql } from "../rooms/room-change.ts";
import { roomChanged } from "../rooms/room-changed.ts";
import { readSettings, type RoomSettings } from "../models/room-settings.ts";
import type { Chatroom, Message, Plan } from "../../generated/prisma/client.ts";
import { isUniqueViolation } from "../../platform/postgres/is-unique-violation.ts";

export type ClaimedReply = Pick<
  Message,
  "id" | "chatroomId" | "parentId" | "attempt" | "tries" | "handBacks" | "chargedOn"
> &
  Pick<Chatroom, "userId" | "systemPrompt"> & {
    /** An active model: the replacement of a retired one, the default for an unknown one. */
    model: string;
    settings: RoomSettings;
    plan: Plan;
    /** What this attempt goes on from; null if it starts over. */
    draft: Draft | null;
  };

export type Claim =
  | Readonly<{ kind: "claimed"; reply: ClaimedReply }>
  /** All slots of the user are taken. */
  | Readonly<{ kind: "waiting"; userId: string; attempt: number }>
  /** Its model is paused: the reply is postponed until then, without counting a try. */
  | Readonly<{ kind: "paused"; userId: string; attempt: number; nextTryAt: Date }>
  /** It has ended, or was deleted. */
  | Readonly<{ kind: "ended" }>;

/**
 * Claims a reply as its next attempt, which fences off every attempt before. A claim needs a slot: a number from 1 to the
 * limit that no other streaming reply of the user holds. A unique index guarantees it when several workers claim at once.
 * A streaming reply keeps its slot, so a worker that takes over from a lost one needs no other. A reply whose model is
 * paused keeps waiting. A draft is gone on with by the model that wrote it, if that still does so.
 *
 * @throws what the database throws, and when others took the slot again and again: the reply is as it was, and the sweeper
 *   brings it back
 */
export async function claimReply(
  ctx: Pick<AppContext, "db" | "config" | "cache" | "pubsub" | "runInBackground" | "clock">,
  replyId: string,
): Promise<Claim> {
  const slots = ctx.config.limits.repliesPerUser;
  for (let tries = 1; ; tries += 1) {
    try {
      return await claim(ctx, replyId, slots);
    } catch (error) {
      // Another reply of the user took the slot first: the next round sees it as taken.
      if (!isUniqueViolation(error)) throw error;
      if (tries === MAX_CLAIMS) throw new Error(`the reply found its slot taken ${tries} times`, { cause: error });
    }
  }
}

/** Each claim that fails has seen one more slot taken, so this many mean that something else is wrong. */
const MAX_CLAIMS = 20;

type Claimed = Omit<ClaimedReply, "draft"> & Pick<Message, "content" | "draftAttempt"> & { accountSeq: number };
type Found = Claimed | Paused | Waiting;
type NotClaimed = Pick<ClaimedReply, "userId" | "attempt"> & { id: null };
type Paused = NotClaimed & { nextTryAt: Date; accountSeq: number };
type Waiting = NotClaimed & { nextTryAt: null; accountSeq: null };

/** Postponed replies come back spread over this long after the end of a pause, in milliseconds. */
const SPREAD_MS = 2_000;

async function claim(
  ctx: Pick<AppContext, "db" | "config" | "cache" | "pubsub" | "runInBackground" | "clock">,
  replyId: string,
  slots: number,
): Promise<Claim> {
  const defaultModel = resolveModel(ctx, null).id;
  const models = JSON.stringify(resolveAllModels(ctx));
  const continuing = continuingModels(ctx);
  const now = ctx.clock.now();
  const [found] = await ctx.db.$queryRaw<Found[]>`
    WITH "wanted" AS (
      SELECT "reply"."id", "reply"."attempt", "room"."id" AS "roomId", "room"."userId", "room"."systemPrompt",
        CASE WHEN "continued"."is" THEN "reply"."model"
          ELSE coalesce(${models}::jsonb ->> coalesce("reply"."fallbackFrom", "reply"."model"), ${defaultModel}::text) END AS "model",
        "continued"."is" AS "isContinued", "user"."plan"
      FROM "Message" "reply" JOIN "Chatroom" "room" ON "room"."id" = "reply"."chatroomId"
      JOIN "User" "user" ON "user"."id" = "room"."userId"
      CROSS JOIN LATERAL (
        SELECT coalesce("reply"."draftAttempt" = "reply"."attempt" AND "reply"."model" = ANY(${continuing}::text[]), FALSE) AS "is"
      ) "continued"
      WHERE "reply"."id" = ${replyId}::uuid AND "reply"."role" = 'ASSISTANT' AND ${isStillRunningSql("reply")}
      FOR NO KEY UPDATE OF "room"
    ), "paused" AS (
      UPDATE "Message" "reply"
      SET "nextTryAt" = "pause"."until" + least("pause"."until" - ${now}::timestamptz, ${SPREAD_MS}::int * interval '1 ms') * random()
      FROM "wanted" JOIN "ModelPause" "pause" ON "pause"."model" = "wanted"."model" AND "pause"."until" > ${now}::timestamptz
      WHERE "reply"."id" = "wanted"."id" AND "reply"."status" = 'PENDING'
      RETURNING "nextTryAt"
    ), "taken" AS (
      SELECT "place" AS "slot" FROM "Message" WHERE "userId" = (SELECT "userId" FROM "wanted") AND "status" = 'STREAMING'
    ), "free" AS (
      SELECT "slot" FROM generate_series(1, ${slots}::int) "slot"
      WHERE (SELECT count(*) FROM "taken") < ${slots}::int
        AND NOT EXISTS (SELECT FROM "taken" WHERE "taken"."slot" = "slot"."slot")
      -- Concurrent claims seldom choose the same slot.
      ORDER BY random() LIMIT 1
    ), "claimed" AS (
      UPDATE "Message" "reply"
      SET "status" = 'STREAMING', "attempt" = "reply"."attempt" + 1, "nextTryAt" = NULL, "userId" = "wanted"."userId",
        "model" = "wanted"."model",
        "fallbackFrom" = CASE WHEN "wanted"."isContinued" THEN "reply"."fallbackFrom" END,
        "draftAttempt" = CASE WHEN "wanted"."isContinued" AND "reply"."draftAttempt" = "reply"."attempt"
          THEN "reply"."attempt" + 1 END,
        "place" = CASE "reply"."status" WHEN 'STREAMING' THEN "reply"."place" ELSE "free"."slot" END
      FROM "wanted" LEFT JOIN "free" ON TRUE
      WHERE "reply"."id" = "wanted"."id" AND NOT EXISTS (SELECT FROM "paused") AND ("reply"."status" = 'STREAMING'
        OR "reply"."status" = 'PENDING' AND ("free"."slot" IS NOT NULL OR ${slots}::int = 0))
      RETURNING "reply".*
    ), "changed" AS (
      SELECT "roomId" AS "id", "userId" FROM "wanted"
      WHERE EXISTS (SELECT FROM "claimed") OR EXISTS (SELECT FROM "paused")
    ), ${roomChangeSql("changed")}, ${stampRoomSql("changed")}
    SELECT "wanted"."userId"::text, "systemPrompt", "claimed"."id"::text, "chatroomId"::text, "parentId"::text,
      coalesce("claimed"."attempt", "wanted"."attempt") AS "attempt", "tries", "handBacks",
      "draftAttempt", CASE WHEN "draftAttempt" IS NULL THEN '' ELSE "content" END AS "content",
      "claimed"."model", "claimed"."settings", "wanted"."plan", "chargedOn", "paused"."nextTryAt",
      (SELECT "seq" FROM "accountLog") AS "accountSeq"
    FROM "wanted" LEFT JOIN "claimed" ON TRUE LEFT JOIN "paused" ON TRUE`;
  if (!found) return { kind: "ended" };
  const { userId } = found;
  if (found.accountSeq === null) return { kind: "waiting", userId, attempt: found.attempt };
  ctx.runInBackground("room changed", roomChanged(ctx, roomChangeAt(userId, found.accountSeq)));
  if (found.id !== null) {
    const { content, draftAttempt, ...reply } = found;
    const draft = await readDraft(ctx, { ...reply, content, draftAttempt }, { parts: true });
    return { kind: "claimed", reply: { ...reply, settings: readSettings(found.settings), draft } };
  }
  return { kind: "paused", userId, attempt: found.attempt, nextTryAt: found.nextTryAt };
}
