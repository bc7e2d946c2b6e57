import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { Prisma, type Message } from "../../generated/prisma/client.ts";
import { Id, readInput } from "../../platform/input.ts";
import { lineOf, textOf } from "../../platform/text/text.ts";
import { retryConflicts } from "../../platform/postgres/transact.ts";
import { isRunningSql } from "../rooms/message-status.ts";
import { roomChangeAt, roomChangeSql, stampRoomSql } from "../rooms/room-change.ts";
import { roomChanged } from "../rooms/room-changed.ts";
import { dropRoomLists } from "../rooms/room-list-cache.ts";
import { findReply } from "./find-reply.ts";

/** Longest tag, in Unicode code points. */
export const MAX_RATING_TAG = 50;
/** Longest text, in UTF-16 code units. */
export const MAX_RATING_TEXT = 2_000;

const RateReplyInput = z
  .object({
    messageId: Id,
    value: z.enum(["UP", "DOWN"]).nullish(),
    tag: lineOf(MAX_RATING_TAG).nullish(),
    text: textOf(MAX_RATING_TEXT).trim().nullish(),
  })
  .refine(({ value, tag, text }) => value || (!tag && !text), {
    path: ["value"],
    error: "is needed with a tag or a text",
  });
type RateReplyInput = z.output<typeof RateReplyInput>;

/**
 * Stores what the user thinks of a reply, replacing an earlier rating; without a value, removes it.
 *
 * @throws {DomainError} `NOT_FOUND`; `BAD_USER_INPUT`, also for a user's message; `REPLY_IN_PROGRESS` for a reply
 *   that has not ended
 */
export async function rateReply(
  ctx: AppContext,
  userId: string,
  input: z.input<typeof RateReplyInput>,
): Promise<Message> {
  const rating = readInput(RateReplyInput, input);
  const reply = await findReply(ctx, userId, rating.messageId);
  const sql = rating.value ? storeSql(ctx, rating) : removeSql(rating);
  const [change] = await retryConflicts(() => ctx.db.$queryRaw<{ seq: number }[]>(ratedSql(reply, sql)));
  if (rating.value && !change) throw new DomainError("REPLY_IN_PROGRESS", undefined, { replyId: reply.id });
  await (change ? roomChanged(ctx, roomChangeAt(userId, change.seq)) : dropRoomLists(ctx, userId));
  return reply;
}

/** @param rating a statement that returns a row if it changes the rating */
const ratedSql = ({ chatroomId }: Message, rating: Prisma.Sql): Prisma.Sql => Prisma.sql`
    WITH "room" AS (
      SELECT "id", "userId" FROM "Chatroom" WHERE "id" = ${chatroomId}::uuid FOR UPDATE
    ), "rated" AS (${rating}), "changed" AS (
      SELECT "room"."id", "room"."userId" FROM "room", "rated"
    ), ${roomChangeSql("changed")}, ${stampRoomSql("changed")}
    SELECT "seq" FROM "accountLog"`;

/** The row's lock keeps a retry out, which takes the rating away with the text that it is about. */
const storeSql = (ctx: Pick<AppContext, "clock">, { messageId, value, tag, text }: RateReplyInput): Prisma.Sql =>
  Prisma.sql`
    WITH "reply" AS (
      SELECT "Message"."id" FROM "room" JOIN "Message" ON "Message"."chatroomId" = "room"."id"
      WHERE "Message"."id" = ${messageId}::uuid AND NOT (${isRunningSql("Message")}) FOR SHARE OF "Message"
    )
    INSERT INTO "MessageRating" ("messageId", "value", "tag", "text", "ratedAt")
    SELECT "id", ${value}::"RatingValue", ${tag ?? null}, ${text ?? null}, ${ctx.clock.now()}::timestamptz FROM "reply"
    ON CONFLICT ("messageId") DO UPDATE SET "value" = EXCLUDED."value", "tag" = EXCLUDED."tag", "text" = EXCLUDED."text",
      "ratedAt" = EXCLUDED."ratedAt"
    RETURNING "messageId"::text`;

const removeSql = ({ messageId }: RateReplyInput): Prisma.Sql =>
  Prisma.sql`DELETE FROM "MessageRating" USING "room" WHERE "messageId" = ${messageId}::uuid RETURNING "messageId"::text`;
