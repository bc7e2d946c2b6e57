import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import { announceAccountChange } from "../activity/append-account-events.ts";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { Prisma, type Message } from "../../generated/prisma/client.ts";
import { Id, readInput } from "../../platform/input.ts";
import { isUniqueViolation } from "../../platform/postgres/is-unique-violation.ts";
import { resolveModel } from "../../platform/gemini/model-names.ts";
import { textOf } from "../../platform/text/text.ts";
import { retryConflicts } from "../../platform/postgres/transact.ts";
import { enqueueReply } from "../replies/enqueue-reply.ts";
import { unfinishedSql } from "../replies/reply-wait.ts";
import { chargeSql, dailyLimit, overQuota } from "../usage/quota.ts";
import { quotaDayOf, quotaRowsSql, type QuotaRow } from "../usage/quota-day.ts";
import { messageAdded } from "../messages/message-added.ts";
import { isRunningReplySql } from "../rooms/message-status.ts";
import { isOwnRoomSql } from "../rooms/room-access.ts";
import { roomChanged } from "../rooms/room-changed.ts";

/** Longest message, in UTF-16 code units. */
export const MAX_MESSAGE_LENGTH = 32_000;

const SendMessageInput = z.object({
  chatroomId: Id,
  content: textOf(MAX_MESSAGE_LENGTH),
  clientId: z.string().min(1).max(100).nullish(),
  parentId: Id.nullish(),
});

export type SentMessage = Readonly<{ message: Message; reply: Message }>;

/** Another request may change the room between the preflight and the write. The send gives up after this many tries. */
const MAX_TRIES = 5;
const RETRY_AFTER_S = 2;

/**
 * Stores a message and its empty, pending reply, which is the outbox entry of its own generation: whatever
 * happens after the commit, a worker will find it. Does not wait for the model.
 *
 * Takes two trips to the database: a look, which decides what is to be written, and one statement that writes all of
 * it if the room is still as it was seen, and else nothing.
 *
 * @throws {DomainError} `BAD_USER_INPUT`, `NOT_FOUND`, `REPLY_IN_PROGRESS`, `CONFLICT`, `QUOTA_EXCEEDED`;
 *   then nothing is stored and nothing is charged
 */
export async function sendMessage(ctx: AppContext, userId: string, input: unknown): Promise<SentMessage> {
  const wanted = readInput(SendMessageInput, input);
  const places = ctx.config.limits.repliesPerUser;
  for (let look = 0; look < MAX_TRIES; look += 1) {
    const room = await readForSend(ctx, userId, wanted);
    const before = room.sentId ? await findSent(ctx, room.sentId) : null;
    if (before) {
      assertSameSend(room, before, wanted);
      // The process that stored it may not have come to drop the list.
      await roomChanged(ctx, userId);
      return before;
    }
    assertTakesMessage(room, wanted.parentId);
    const { day, endsAt } = quotaDayOf(ctx, room);
    const sent = createMessages(ctx, userId, room, wanted, day);
    const charged = await retryConflicts(() => write(ctx, userId, room, sent, { day, endsAt }));
    if (charged === "moved on") continue;
    if (charged === "over quota") throw await overQuota(ctx, ctx.db, userId);

    await messageAdded(ctx, userId, sent.message);
    ctx.runInBackground("announce usage", announceAccountChange(ctx, { userId, seq: charged.seq }));
    ctx.runInBackground(
      "enqueue reply",
      enqueueReply(ctx, userId, sent.reply.id, { hasPlace: room.unfinished < places }),
    );
    return sent;
  }
  throw new DomainError("UNAVAILABLE", "The room is too busy just now.", { retryAfter: RETRY_AFTER_S });
}

type Wanted = z.output<typeof SendMessageInput>;

/** A room as the send finds it, with all that decides on the send. */
type SeenRoom = QuotaRow & {
  id: string;
  model: string | null;
  seq: number;
  activeLeafId: string | null;
  leafDepth: number | null;
  /** The reply that is waited for. */
  runningId: string | null;
  /** The message that was sent with this `clientId`. */
  sentId: string | null;
  /** The user's replies that have not ended, counted up to their places. */
  unfinished: number;
};

/** @throws {DomainError} `NOT_FOUND`, also for somebody else's room */
async function readForSend(ctx: AppContext, userId: string, wanted: Wanted): Promise<SeenRoom> {
  const [room] = await ctx.db.$queryRaw<SeenRoom[]>(readForSendSql(ctx, userId, wanted));
  if (!room) throw new DomainError("NOT_FOUND", "There is no such chatroom.");
  return room;
}

export const readForSendSql = (
  ctx: Pick<AppContext, "config">,
  userId: string,
  wanted: Pick<Wanted, "chatroomId" | "clientId">,
): Prisma.Sql => Prisma.sql`
  SELECT "room"."id"::text, "room"."model", "room"."seq", "room"."activeLeafId"::text, "leaf"."depth" AS "leafDepth",
    "running"."id"::text AS "runningId", "sent"."id"::text AS "sentId",
    ${unfinishedSql(ctx, userId)} AS "unfinished",
    "quota"."plan", "quota"."timeZone", "quota"."day", "quota"."lastsUntil", "quota"."messages"
  FROM "Chatroom" "room"
  JOIN ${quotaRowsSql} "quota" ON "quota"."userId" = "room"."userId"
  LEFT JOIN "Message" "leaf" ON "leaf"."id" = "room"."activeLeafId"
  LEFT JOIN "Message" "running" ON "running"."chatroomId" = "room"."id"
    AND ${isRunningReplySql("running")}
  LEFT JOIN "Message" "sent" ON "sent"."chatroomId" = "room"."id" AND "sent"."clientId" = ${wanted.clientId ?? null}::text
  WHERE "room"."id" = ${wanted.chatroomId}::uuid AND ${isOwnRoomSql("room", userId)}`;

async function findSent(ctx: AppContext, messageId: string): Promise<SentMessage | null> {
  const message = await ctx.db.message.findUnique({
    where: { id: messageId },
    include: { children: { where: { role: "ASSISTANT" }, orderBy: { id: "asc" }, take: 1 } },
  });
  const reply = message?.children[0];
  return message && reply ? { message, reply } : null;
}

/**
 * A repeated send may leave its parent out, but not name another one.
 *
 * @throws {DomainError} `CONFLICT`: to return the former message would lose this one in silence
 */
function assertSameSend(room: SeenRoom, { message }: SentMessage, { content, parentId }: Wanted): void {
  if (message.content === content && (parentId ?? message.parentId) === message.parentId) return;
  throw new DomainError("CONFLICT", "Another message was sent with this clientId.", { headId: room.activeLeafId });
}

/** @throws {DomainError} `CONFLICT`, `REPLY_IN_PROGRESS` */
function assertTakesMessage(room: SeenRoom, parentId: string | null | undefined): void {
  if (parentId && parentId !== room.activeLeafId) {
    throw new DomainError("CONFLICT", "The room has a newer message.", { headId: room.activeLeafId });
  }
  if (room.runningId) {
    throw new DomainError("REPLY_IN_PROGRESS", "The room's last reply is still running.", { replyId: room.runningId });
  }
}

/** The two messages as they will be stored. */
function createMessages(
  { clock, config }: Pick<AppContext, "clock" | "config">,
  userId: string,
  room: SeenRoom,
  wanted: Wanted,
  chargedOn: Date,
): SentMessage {
  const now = clock.now();
  const depth = (room.leafDepth ?? -1) + 1;
  const nothing = {
    attempt: 0,
    tries: 0,
    nextTryAt: null,
    seq: null,
    clientId: null,
    model: null,
    finishReason: null,
    errorCode: null,
    errorMessage: null,
    errorRetryAt: null,
    promptTokens: null,
    replyTokens: null,
    chargedOn: null,
    finishedAt: null,
    userId: null,
    place: null,
  };
  const message: Message = {
    ...nothing,
    id: uuidv7(),
    chatroomId: room.id,
    parentId: room.activeLeafId,
    depth,
    role: "USER",
    content: wanted.content,
    status: "COMPLETE",
    seq: room.seq + 1,
    clientId: wanted.clientId ?? null,
    createdAt: now,
    finishedAt: now,
  };
  const reply: Message = {
    ...nothing,
    id: uuidv7(),
    chatroomId: room.id,
    parentId: message.id,
    depth: depth + 1,
    role: "ASSISTANT",
    content: "",
    status: "PENDING",
    model: resolveModel(config.gemini, room.model),
    chargedOn,
    userId,
    createdAt: now,
  };
  return { message, reply };
}

/**
 * One statement, which is a transaction of its own: locks the room, charges, stores both messages and moves the room
 * on. `seq` and head are compared once the lock is held. What else the statement reads may be older than the lock,
 * such as that no reply is running: that is for the unique index to hold.
 *
 * @returns the new `seq` of the account's log, or why nothing was written
 */
async function write(
  ctx: AppContext,
  userId: string,
  room: SeenRoom,
  { message, reply }: SentMessage,
  day: Readonly<{ day: Date; endsAt: Date }>,
): Promise<{ seq: number } | "moved on" | "over quota"> {
  try {
    const [written] = await ctx.db.$queryRaw<[{ unmoved: boolean; accountSeq: number | null }]>`
      WITH "room" AS (
        SELECT "id" FROM "Chatroom"
        WHERE "id" = ${room.id}::uuid AND ${isOwnRoomSql("Chatroom", userId)}
          AND "seq" = ${room.seq} AND "activeLeafId" IS NOT DISTINCT FROM ${room.activeLeafId}::uuid
        FOR UPDATE
      ), ${chargeSql(userId, day, dailyLimit(ctx, room.plan), "room")}, "moved" AS (
        UPDATE "Chatroom" SET "seq" = ${message.seq}, "activeLeafId" = ${reply.id}::uuid,
          "lastMessageAt" = ${message.createdAt}::timestamptz, "updatedAt" = ${message.createdAt}::timestamptz
        FROM "charged" WHERE "id" = ${room.id}::uuid
      ), "stored" AS (
        INSERT INTO "Message" ("id", "chatroomId", "parentId", "depth", "role", "content", "status", "seq", "clientId",
          "model", "chargedOn", "userId", "createdAt", "finishedAt")
        SELECT "each".* FROM "charged", (VALUES
          (${message.id}::uuid, ${room.id}::uuid, ${message.parentId}::uuid, ${message.depth}::int, 'USER'::"MessageRole",
            ${message.content}, 'COMPLETE'::"MessageStatus", ${message.seq}::int, ${message.clientId}::text, NULL::text,
            NULL::date, NULL::uuid, ${message.createdAt}::timestamptz, ${message.finishedAt}::timestamptz),
          (${reply.id}::uuid, ${room.id}::uuid, ${message.id}::uuid, ${reply.depth}::int, 'ASSISTANT', '', 'PENDING', NULL,
            NULL, ${reply.model}, ${reply.chargedOn}::date, ${reply.userId}::uuid, ${reply.createdAt}::timestamptz, NULL)
        ) "each"
      )
      SELECT EXISTS (SELECT FROM "room") AS "unmoved", (SELECT "seq" FROM "accountLog") AS "accountSeq"`;
    if (!written.unmoved) return "moved on";
    return written.accountSeq === null ? "over quota" : { seq: written.accountSeq };
  } catch (error) {
    // A reply was retried, which moves no room.
    if (isUniqueViolation(error)) return "moved on";
    throw error;
  }
}
