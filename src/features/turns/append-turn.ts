import { v7 as uuidv7 } from "uuid";
import type { AppContext } from "../../app-context.ts";
import { Prisma, type Chatroom, type Message, type QueuedMessage } from "../../generated/prisma/client.ts";
import { messageColumnsSql } from "../../platform/postgres/columns.ts";
import { isUniqueViolation } from "../../platform/postgres/is-unique-violation.ts";
import { retryConflicts } from "../../platform/postgres/transact.ts";
import { anchorUnder } from "../messages/anchors.ts";
import { leaveBranchSql } from "../messages/leave-branch.ts";
import { messageAdded } from "../messages/message-added.ts";
import type { RoomSettings } from "../models/room-settings.ts";
import { enqueueReply } from "../replies/enqueue-reply.ts";
import { enqueueTitles, titleDueAt } from "../rooms/request-title.ts";
import { isOwnRoomSql } from "../rooms/room-access.ts";
import { roomChangeAt } from "../rooms/room-change.ts";
import { firstTitleSql } from "../rooms/title.ts";
import { assertDepth } from "./assert-depth.ts";
import { chargeSql, overQuota } from "../usage/quota.ts";
import { quotaDayOf, type QuotaRow } from "../usage/quota-day.ts";
import { dequeueSql } from "./dequeue-sql.ts";

/** A room as its user has read it, with what decides on the charge. */
export type TurnRoom = Pick<Chatroom, "id" | "model" | "settings" | "seq" | "activeLeafId"> &
  QuotaRow & {
    /** The user's replies that have not ended, counted up to their slots. */
    runningReplies: number;
  };

type Question = Readonly<{ content: string; clientId: string | null }>;

/** A message of the room's queue, as it was read: it is charged already, unless that was given back. */
type Taken = Readonly<{ queued: QueuedMessage }>;

/** Which model is asked for the reply, and how. */
export type Asking = Readonly<{ modelId: string; settings: RoomSettings }>;

/** What has to be known of the message that a turn follows. */
export type Parent = Pick<Message, "id" | "depth" | "anchorId">;

/** A question and its reply under a parent, or a reply alone, whose parent is the question. */
type Turn<Asked extends Question | Taken | null> = Readonly<{
  room: TurnRoom;
  /** Any message of the room; null at the root of its tree. */
  parent: Parent | null;
  question: Asked;
  /** The client's own id for a reply alone. */
  clientId?: string | null;
  asking: Asking;
  /** Whether the user has seen the room as it is: false if the server takes the turn up by itself. */
  marksRead?: boolean;
  /** Ends a pause of the room's queue. */
  resumesQueue?: boolean;
}>;

/**
 * Stores the question, if there is one, or takes it out of the room's queue, and its empty, pending reply, which is the
 * outbox entry of its own generation. Charges the user, unless the queued message is charged already, and makes the reply
 * the head of the room: all in one statement, or nothing. Then it announces the messages and enqueues the reply.
 *
 * @returns the messages as they are stored; null when the room's `seq` or head has changed since the read, or the queued
 *   message has, or another reply is running: then nothing is stored; read the room again
 * @throws {DomainError} `QUOTA_EXCEEDED`, `LIMIT_EXCEEDED`; then nothing is stored
 */
export function appendTurn(
  ctx: AppContext,
  userId: string,
  turn: Turn<Question | Taken>,
): Promise<{ message: Message; reply: Message } | null>;
export function appendTurn(
  ctx: AppContext,
  userId: string,
  turn: Turn<null>,
): Promise<{ message: null; reply: Message } | null>;
export async function appendTurn(
  ctx: AppContext,
  userId: string,
  turn: Turn<Question | Taken | null>,
): Promise<{ message: Message | null; reply: Message } | null> {
  const { room } = turn;
  assertDepth(turn.parent, turn.question ? 2 : 1);
  const written = await write(ctx, turnSql(ctx, userId, turn));
  if (!written) return null;
  const { accountSeq, titleIsDue, messages } = written;
  const reply = messages.find(({ role }) => role === "ASSISTANT");
  if (!reply || accountSeq === null) throw await overQuota(ctx, ctx.db, userId);
  const message = messages.find(({ role }) => role === "USER") ?? null;

  const hasSlot = room.runningReplies < ctx.config.limits.repliesPerUser;
  // It also announces the charge, which is in the same log.
  const change = roomChangeAt(userId, accountSeq);
  await messageAdded(ctx, reply, change);
  ctx.runInBackground("enqueue reply", enqueueReply(ctx, userId, reply.id, { hasSlot }));
  if (titleIsDue) ctx.runInBackground("find a title", enqueueTitles(ctx, [room.id]));
  return { message, reply };
}

type Written = Readonly<{
  /** The new position of the account's log; null when the quota allowed nothing. */
  accountSeq: number | null;
  /** Whether a title is to be looked for, because of this message. */
  titleIsDue: boolean;
  messages: Message[];
}>;

type Row = (Message | { id: null }) & { unmoved: boolean; accountSeq: number | null; titleIsDue: boolean | null };

/** @returns null when the room has moved on */
async function write(ctx: Pick<AppContext, "db">, sql: Prisma.Sql): Promise<Written | null> {
  try {
    const rows = await retryConflicts(() => ctx.db.query<Row>(sql));
    const [{ unmoved, accountSeq, titleIsDue }] = rows as [Row, ...Row[]];
    const messages = rows.flatMap(({ unmoved: _unmoved, accountSeq: _accountSeq, titleIsDue: _titleIsDue, ...row }) =>
      row.id === null ? [] : [row],
    );
    return unmoved ? { accountSeq, titleIsDue: titleIsDue ?? false, messages } : null;
  } catch (error) {
    // A reply was retried, which moves no room, or the same message came at once.
    if (isUniqueViolation(error)) return null;
    throw error;
  }
}

const STORED = messageColumnsSql("stored");

/**
 * One statement, which is a transaction of its own. `seq` and head are compared once the room's lock is held. What else
 * the statement reads may be older than the lock, such as that no reply is running: the unique index sees to that.
 */
function turnSql(
  ctx: Pick<AppContext, "clock" | "config">,
  userId: string,
  {
    room,
    parent,
    question,
    clientId = null,
    asking,
    resumesQueue = false,
    marksRead = true,
  }: Turn<Question | Taken | null>,
): Prisma.Sql {
  const now = ctx.clock.now();
  const day = quotaDayOf(ctx, room);
  const seq = question ? room.seq + 1 : room.seq;
  const beganSeq = seq + 1;
  const taken = question && "queued" in question ? question.queued : null;
  const asked = question && {
    id: taken?.id ?? uuidv7(),
    depth: (parent?.depth ?? -1) + 1,
    anchorId: anchorUnder(parent),
  };
  const answered = asked ?? parent;
  const replyId = uuidv7();
  const words =
    question && "content" in question
      ? Prisma.sql`${question.content}, ${question.clientId}::text, ${now}::timestamptz`
      : Prisma.sql`"waiting"."content", "waiting"."clientId", "waiting"."createdAt"`;
  const title = firstTitleSql({
    messageId: answered?.id ?? replyId,
    content: taken?.content ?? (question && "content" in question ? question.content : null),
    isFirst: parent === null,
    dueAt: titleDueAt(ctx, now),
  });
  const questionSql =
    asked &&
    Prisma.sql`(${asked.id}::uuid, ${room.id}::uuid, ${parent?.id ?? null}::uuid, ${asked.depth}::int, 'USER'::"MessageRole",
      ${words}, 'COMPLETE'::"MessageStatus", ${seq}::int, NULL::text, NULL::jsonb,
      NULL::date, NULL::uuid, ${now}::timestamptz, NULL::int, ${asked.anchorId}::uuid)`;
  const replySql = Prisma.sql`(${replyId}::uuid, ${room.id}::uuid, ${answered?.id ?? null}::uuid,
    ${(answered?.depth ?? -1) + 1}::int, 'ASSISTANT'::"MessageRole", '', ${clientId}::text, ${now}::timestamptz, 'PENDING'::"MessageStatus", NULL::int,
    ${asking.modelId}::text, ${JSON.stringify(asking.settings)}::jsonb, ${taken?.chargedOn ?? day.day}::date, ${userId}::uuid, NULL::timestamptz, ${beganSeq}::int, ${anchorUnder(answered)}::uuid)`;
  const charge = (cause: string) =>
    chargeSql(ctx, { userId, plan: room.plan, day, model: asking.modelId }, cause, "charged");
  const readSql = marksRead ? Prisma.sql`"readSeq" = ${beganSeq}::int, ` : Prisma.empty;
  const leaving =
    room.activeLeafId === null || room.activeLeafId === parent?.id
      ? Prisma.empty
      : Prisma.sql`, ${leaveBranchSql(room.activeLeafId, parent?.id ?? null, "charged")}`;
  return Prisma.sql`
    WITH RECURSIVE "room" AS (
      SELECT "id", "userId", "queued", "queuePausedBecause" FROM "Chatroom"
      WHERE "id" = ${room.id}::uuid AND ${isOwnRoomSql("Chatroom", userId)}
        AND "seq" = ${room.seq} AND "activeLeafId" IS NOT DISTINCT FROM ${room.activeLeafId}::uuid
        ${taken && !resumesQueue ? Prisma.sql`AND "queuePausedBecause" IS NULL` : Prisma.empty}
      FOR UPDATE
    ), ${taken ? dequeueSql(taken, charge("waiting")) : charge("room")},
    "moved" AS (
      UPDATE "Chatroom" SET "seq" = ${beganSeq}::int, ${readSql}"activeLeafId" = ${replyId}::uuid,
        "queued" = "room"."queued" - ${taken ? 1 : 0}::int,
        "queuePausedBecause" = CASE WHEN NOT ${resumesQueue || taken !== null}::bool THEN "room"."queuePausedBecause" END,
        "changeSeq" = "accountLog"."seq", "lastMessageAt" = ${now}::timestamptz, "updatedAt" = ${now}::timestamptz, ${title}
      FROM "accountLog", "room" WHERE "Chatroom"."id" = "room"."id"
      RETURNING "titleDueAt" = ${now}::timestamptz AS "titleIsDue"
    ), "stored" AS (
      INSERT INTO "Message" ("id", "chatroomId", "parentId", "depth", "role", "content", "clientId", "createdAt", "status",
        "seq", "model", "settings", "chargedOn", "userId", "finishedAt", "beganSeq", "anchorId", "reservedCost")
      SELECT "each".*, CASE WHEN "each"."role" = 'ASSISTANT' THEN "charged"."reserved" END
      FROM "charged"${taken ? Prisma.sql`, "waiting"` : Prisma.empty},
        LATERAL (VALUES ${Prisma.join(questionSql ? [questionSql, replySql] : [replySql])})
        "each" ("id", "chatroomId", "parentId", "depth", "role")
      RETURNING "Message".*
    )${leaving}
    SELECT ${STORED}, EXISTS (SELECT FROM ${Prisma.raw(taken ? `"waiting"` : `"room"`)}) AS "unmoved",
      (SELECT "seq" FROM "accountLog") AS "accountSeq", (SELECT "titleIsDue" FROM "moved") AS "titleIsDue"
    FROM (SELECT) "always" LEFT JOIN "stored" ON TRUE`;
}
