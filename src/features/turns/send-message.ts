import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { Prisma, type Message } from "../../generated/prisma/client.ts";
import { ModelId } from "../../model-catalogue/catalogue.ts";
import { Id, readInput } from "../../platform/input.ts";
import { textOf } from "../../platform/text/text.ts";
import { chooseModel, keepModel } from "../models/choose-model.ts";
import { assertSupported, changeSettings, fitSettings, readSettings, SettingsInput } from "../models/room-settings.ts";
import { runningCountSql } from "../replies/reply-wait.ts";
import { isRunningReplySql } from "../rooms/message-status.ts";
import { isOwnRoomSql } from "../rooms/room-access.ts";
import { dropRoomLists } from "../rooms/room-list-cache.ts";
import { quotaRowsSql } from "../usage/quota-day.ts";
import { appendTurn, type Asking, type TurnRoom } from "./append-turn.ts";

/** Longest message, in UTF-16 code units. */
export const MAX_MESSAGE_LENGTH = 32_000;

const SendMessageInput = z.object({
  chatroomId: Id,
  content: textOf(MAX_MESSAGE_LENGTH),
  clientId: z.string().min(1).max(100).nullish(),
  parentId: Id.nullish(),
  modelId: ModelId.nullish(),
  settings: SettingsInput.nullish(),
});

export type SentMessage = Readonly<{ message: Message; reply: Message }>;

/** Another request may change the room between the preflight and the write. The send gives up after this many tries. */
const MAX_TRIES = 5;
const RETRY_AFTER_S = 2;

/**
 * Stores a message and its empty, pending reply, which is the outbox entry of its own generation: a worker finds
 * it, whatever happens after the commit. Does not wait for the model.
 *
 * Takes two trips to the database: a read that decides what to write, and `appendTurn`, which writes all of it if the
 * room has not changed since, and nothing otherwise.
 *
 * @throws {DomainError} `BAD_USER_INPUT`, `NOT_FOUND`, `REPLY_IN_PROGRESS`, `CONFLICT`, `QUOTA_EXCEEDED`,
 *   `MODEL_NOT_ALLOWED`, `MODEL_RETIRED`, `UNSUPPORTED`; then nothing is stored and nothing is charged
 */
export async function sendMessage(
  ctx: AppContext,
  userId: string,
  input: z.input<typeof SendMessageInput>,
): Promise<SentMessage> {
  const wanted = readInput(SendMessageInput, input);
  const { content, clientId = null, parentId } = wanted;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const room = await readForSend(ctx, userId, wanted);
    const before = room.sentId ? await findSent(ctx, room.sentId) : null;
    if (before) {
      assertSameSend(room, before, wanted);
      // The process that stored it may have died before it announced it.
      await dropRoomLists(ctx, userId);
      return before;
    }
    assertTakesMessage(room, parentId);
    const parent = room.activeLeafId === null ? null : { id: room.activeLeafId, depth: room.leafDepth };
    const asking = readAsking(ctx, room, wanted);
    const sent = await appendTurn(ctx, userId, { room, parent, question: { content, clientId }, asking });
    if (sent) return sent;
  }
  throw new DomainError("UNAVAILABLE", "The room is too busy just now.", { retryAfter: RETRY_AFTER_S });
}

type Wanted = z.output<typeof SendMessageInput>;

/** A room as the send finds it, with all that decides on the send. */
type SeenRoom = TurnRoom & {
  /** Of the active leaf; -1 in an empty room. */
  leafDepth: number;
  /** The reply that is waited for. */
  runningId: string | null;
  /** The message that was sent with this `clientId`. */
  sentId: string | null;
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
  SELECT "room"."id"::text, "room"."model", "room"."settings", "room"."seq", "room"."activeLeafId"::text, coalesce("leaf"."depth", -1) AS "leafDepth",
    "running"."id"::text AS "runningId", "sent"."id"::text AS "sentId",
    ${runningCountSql(ctx, userId)} AS "runningReplies",
    "quota"."plan", "quota"."timeZone", "quota"."day", "quota"."lastsUntil", "quota"."messages"
  FROM "Chatroom" "room"
  JOIN ${quotaRowsSql} "quota" ON "quota"."userId" = "room"."userId"
  LEFT JOIN "Message" "leaf" ON "leaf"."id" = "room"."activeLeafId"
  LEFT JOIN "Message" "running" ON "running"."chatroomId" = "room"."id"
    AND ${isRunningReplySql("running")}
  LEFT JOIN "Message" "sent" ON "sent"."chatroomId" = "room"."id" AND "sent"."clientId" = ${wanted.clientId ?? null}::text
  WHERE "room"."id" = ${wanted.chatroomId}::uuid AND ${isOwnRoomSql("room", userId)}`;

/**
 * The model and settings of this message; what it leaves out comes from the room. The message's own settings must fit
 * the model. If the message names a model, the room's settings must fit it too.
 *
 * @throws {DomainError} `MODEL_NOT_ALLOWED`, `MODEL_RETIRED`, `UNSUPPORTED`
 */
function readAsking(ctx: Pick<AppContext, "config" | "clock">, room: SeenRoom, { modelId, settings }: Wanted): Asking {
  const { plan } = room;
  const model = modelId ? chooseModel(ctx, { id: modelId, plan }) : keepModel(ctx, { id: room.model, plan });
  const wanted = changeSettings(readSettings(room.settings), settings ?? {});
  assertSupported(model, wanted, modelId ? undefined : Object.keys(settings ?? {}));
  return { modelId: model.id, settings: fitSettings(model, wanted) };
}

async function findSent(ctx: AppContext, messageId: string): Promise<SentMessage | null> {
  const message = await ctx.db.message.findUnique({
    where: { id: messageId },
    include: { children: { where: { role: "ASSISTANT" }, orderBy: { id: "asc" }, take: 1 } },
  });
  const reply = message?.children[0];
  return message && reply ? { message, reply } : null;
}

/**
 * A repeated send may omit its parent, but must not name another one.
 *
 * @throws {DomainError} `CONFLICT`: returning the earlier message would silently lose this one
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
