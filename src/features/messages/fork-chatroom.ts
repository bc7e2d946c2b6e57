import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Chatroom, Message, Prisma } from "../../generated/prisma/client.ts";
import { Id, readInput } from "../../platform/input.ts";
import { isUniqueViolation } from "../../platform/postgres/is-unique-violation.ts";
import { transact } from "../../platform/postgres/transact.ts";
import { assertMayHaveRoom } from "../rooms/assert-may-have-room.ts";
import { findChatroom } from "../rooms/find-chatroom.ts";
import { isRunning } from "../rooms/message-status.ts";
import { logRoomChange } from "../rooms/room-change.ts";
import { roomChanged } from "../rooms/room-changed.ts";
import { RoomFields } from "../rooms/room-fields.ts";
import { titleFrom } from "../rooms/title.ts";
import { copyPath, measurePath } from "./copy-path.ts";
import { findMessage } from "./find-message.ts";

const ForkChatroomInput = z.object({
  messageId: Id,
  title: RoomFields.title,
  clientId: z.string().min(1).max(100).nullish(),
});
type Wanted = z.output<typeof ForkChatroomInput>;

/** Bytes of the texts that one fork copies. */
export const MAX_FORK_BYTES = 32 * 1024 * 1024;

/**
 * Opens a room with a copy of the conversation up to a message: its ancestors and itself, with what their replies have
 * beside their texts, but for ratings and what the model signed. Model, settings and instructions are those of the room, and so
 * is the title unless another one is given. The copy costs the user nothing.
 *
 * @returns the new room
 * @throws {DomainError} `NOT_FOUND`; `BAD_USER_INPUT`; `REPLY_IN_PROGRESS` for a reply that has not ended; `LIMIT_EXCEEDED` for
 *   too many rooms, or more than MAX_FORK_BYTES; `CONFLICT` when the `clientId` was used for another message
 */
export async function forkChatroom(
  ctx: AppContext,
  userId: string,
  input: z.input<typeof ForkChatroomInput>,
): Promise<Chatroom> {
  const wanted = readInput(ForkChatroomInput, input);
  const message = await findMessage(ctx, userId, wanted.messageId, "messageId");
  const before = await findFork(ctx, userId, wanted);
  if (before) return before;
  if (isRunning(message.status)) throw new DomainError("REPLY_IN_PROGRESS", undefined, { replyId: message.id });
  const source = await findChatroom(ctx, userId, message.chatroomId);
  try {
    const { room, change } = await transact(ctx.db, async (tx) => {
      const created = await copy(ctx, tx, { source, message, wanted });
      const logged = await logRoomChange(tx, created);
      await assertMayHaveRoom(ctx, tx, userId);
      return { room: created, change: logged };
    });
    await roomChanged(ctx, change);
    return room;
  } catch (error) {
    // The same call came at once.
    const other = isUniqueViolation(error) ? await findFork(ctx, userId, wanted) : null;
    if (!other) throw error;
    return other;
  }
}

/** @returns what an earlier call with the same `clientId` has opened */
async function findFork({ db }: AppContext, userId: string, { clientId, messageId }: Wanted): Promise<Chatroom | null> {
  if (!clientId) return null;
  const room = await db.chatroom.findUnique({ where: { userId_clientId: { userId, clientId } } });
  if (!room || (room.forkedFromId === messageId && room.deletedAt === null)) return room;
  throw new DomainError("CONFLICT", "Another room was opened with this clientId.", { headId: room.activeLeafId });
}

type Fork = Readonly<{ source: Chatroom; message: Message; wanted: Wanted }>;

async function copy(
  { clock }: Pick<AppContext, "clock">,
  tx: Prisma.TransactionClient,
  { source, message, wanted }: Fork,
): Promise<Chatroom> {
  const { messages, bytes } = await measurePath(tx, message.id);
  if (messages === 0) throw new DomainError("NOT_FOUND", "There is no such message.");
  if (bytes > MAX_FORK_BYTES) {
    throw new DomainError("LIMIT_EXCEEDED", `A fork copies at most ${MAX_FORK_BYTES} bytes.`, {
      limit: MAX_FORK_BYTES,
    });
  }
  const ids = Array.from({ length: messages }, () => uuidv7());
  const now = clock.now();
  const { systemPrompt, model, settings } = source;
  const room = await tx.chatroom.create({
    data: {
      id: uuidv7(),
      userId: source.userId,
      ...titleOf(source, wanted, ids),
      systemPrompt,
      model,
      ...(settings !== null && { settings }),
      activeLeafId: ids.at(-1) ?? null,
      seq: messages,
      replySeq: messages,
      readSeq: messages,
      clientId: wanted.clientId ?? null,
      forkedFromId: message.id,
      lastMessageAt: now,
      createdAt: now,
    },
  });
  await copyPath(tx, { fromId: message.id, roomId: room.id, ids });
  return room;
}

/** The first words of a conversation stay its title. No better one is looked for. */
function titleOf({ title, titleSource, titleMessageId }: Chatroom, wanted: Wanted, ids: readonly string[]) {
  if (typeof wanted.title === "string") return titleFrom(wanted.title);
  return { title, titleSource, titleMessageId: titleMessageId === null ? null : (ids[0] ?? null) };
}
