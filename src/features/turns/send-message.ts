import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { ModelId } from "../../model-catalogue/catalogue.ts";
import { Id, readInput } from "../../platform/input.ts";
import { textOf } from "../../platform/text/text.ts";
import { toMessage } from "../messages/queued-message.ts";
import { SettingsInput } from "../models/room-settings.ts";
import { stopOwnReply } from "../replies/stop-reply.ts";
import { dropRoomLists } from "../rooms/room-list-cache.ts";
import { assertMayCharge } from "../usage/quota.ts";
import { quotaDayOf } from "../usage/quota-day.ts";
import { appendTurn } from "./append-turn.ts";
import { assertDepth } from "./assert-depth.ts";
import { queueMessage } from "./queue-message.ts";
import { readAsking } from "./read-asking.ts";
import { headOf, readForSend, type SeenRoom } from "./read-for-send.ts";
import { whileRoomMoves } from "./while-room-moves.ts";

/** Longest message, in UTF-16 code units. */
export const MAX_MESSAGE_LENGTH = 32_000;

/** What becomes of a message that is sent while a reply is running. */
const WHILE_REPLYING = ["REJECT", "QUEUE", "INTERRUPT"] as const;

/** A client's own id for what it asks for, so that a repeat does not double it. */
export const ClientId = z.string().min(1).max(100);

const SendMessageInput = z.object({
  chatroomId: Id,
  content: textOf(MAX_MESSAGE_LENGTH),
  clientId: ClientId.nullish(),
  parentId: Id.nullish(),
  modelId: ModelId.nullish(),
  settings: SettingsInput.nullish(),
  whileReplying: z.enum(WHILE_REPLYING).nullish(),
});

/** `reply` is null while the message waits in the room's queue. */
export type SentMessage = Readonly<{ message: Message; reply: Message | null }>;

/**
 * Stores a message and its empty, pending reply, which is the outbox entry of its own generation: a worker finds
 * it, whatever happens after the commit. Does not wait for the model.
 *
 * Takes two trips to the database: a read that decides what to write, and `appendTurn`, which writes all of it if the
 * room has not changed since, and nothing otherwise.
 *
 * While a reply is running, `whileReplying` decides. REJECT refuses the message. QUEUE stores it in the room's queue, also
 * behind others that wait there. INTERRUPT stops the reply, and the message follows it, before any that is queued.
 *
 * @throws {DomainError} `BAD_USER_INPUT`, `NOT_FOUND`, `REPLY_IN_PROGRESS`, `CONFLICT`, `QUOTA_EXCEEDED`, `QUEUE_FULL`,
 *   `MODEL_NOT_ALLOWED`, `MODEL_RETIRED`, `UNSUPPORTED`; then nothing is stored and nothing is charged. `UNAVAILABLE`, also
 *   when the reply cannot be interrupted
 */
export async function sendMessage(
  ctx: AppContext,
  userId: string,
  input: z.input<typeof SendMessageInput>,
): Promise<SentMessage> {
  const wanted = readInput(SendMessageInput, input);
  const { content, clientId = null, whileReplying } = wanted;
  /** Whether an interrupted reply has paused a queue that was not paused. */
  let hasPaused = false;
  return whileRoomMoves(async () => {
    const room = await readForSend(ctx, userId, wanted);
    const before = await findSent(ctx, room);
    if (before) {
      assertSameSend(room, before, wanted);
      // The process that stored it may have died before it announced it.
      await dropRoomLists(ctx, userId);
      return before;
    }
    // Another process has just taken it up, or cancelled it.
    if (room.queuedId) return null;
    assertFollows(room, wanted);
    assertDepth(headOf(room), 2);
    const asking = readAsking(ctx, room, wanted);
    if (whileReplying === "QUEUE" && (room.runningId !== null || room.queued > 0)) {
      const queued = await queueMessage(ctx, userId, { room, content, clientId, asking });
      return queued && { message: toMessage(queued), reply: null };
    }
    if (room.runningId !== null) {
      await assertMayCharge(ctx, { userId, plan: room.plan, day: quotaDayOf(ctx, room), model: asking.modelId });
      hasPaused = room.queuePausedBecause === null;
      await interrupt(ctx, userId, room.runningId);
      return null;
    }
    const resumesQueue = hasPaused && room.queuePausedBecause === "STOPPED";
    const question = { content, clientId };
    return appendTurn(ctx, userId, { room, parent: headOf(room), question, asking, resumesQueue });
  });
}

type Wanted = z.output<typeof SendMessageInput>;

/** Stops a reply that the user's message interrupts. It may have ended, or be gone, meanwhile. */
const interrupt = (ctx: AppContext, userId: string, id: string): Promise<unknown> =>
  stopOwnReply(ctx, userId, () => ctx.db.message.findUnique({ where: { id } }));

/** What an earlier send with the same `clientId` has stored. */
export async function findSent(ctx: AppContext, { sentId, queuedId }: SeenRoom): Promise<SentMessage | null> {
  if (queuedId) {
    const queued = await ctx.db.queuedMessage.findUnique({ where: { id: queuedId } });
    return queued && { message: toMessage(queued), reply: null };
  }
  if (!sentId) return null;
  const message = await ctx.db.message.findUnique({
    where: { id: sentId },
    include: { children: { where: { role: "ASSISTANT" }, orderBy: { id: "asc" }, take: 1 } },
  });
  return message && { message, reply: message.children[0] ?? null };
}

/**
 * A repeated send may omit its parent, but must not name another one. A message that is queued gets its parent later.
 *
 * @throws {DomainError} `CONFLICT`: returning the earlier message would silently lose this one
 */
function assertSameSend(room: SeenRoom, { message }: SentMessage, wanted: Wanted): void {
  const { content, parentId, whileReplying } = wanted;
  const sameParent = whileReplying === "QUEUE" || (parentId ?? message.parentId) === message.parentId;
  if (message.role === "USER" && message.content === content && sameParent) return;
  throw new DomainError("CONFLICT", "Another message was sent with this clientId.", { headId: room.activeLeafId });
}

/** @throws {DomainError} `CONFLICT`, `REPLY_IN_PROGRESS` */
function assertFollows(room: SeenRoom, { parentId, whileReplying }: Wanted): void {
  if (parentId && parentId !== room.activeLeafId) {
    throw new DomainError("CONFLICT", "The room has a newer message.", { headId: room.activeLeafId });
  }
  if (room.runningId && (whileReplying ?? "REJECT") === "REJECT") {
    throw new DomainError("REPLY_IN_PROGRESS", "The room's last reply is still running.", { replyId: room.runningId });
  }
}
