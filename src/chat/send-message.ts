import { v7 as uuidv7 } from "uuid";
import { z } from "zod";
import { announceAccountChange } from "../account-feed/append-account-events.ts";
import type { AppContext } from "../app-context.ts";
import { DomainError } from "../errors.ts";
import type { Message, Prisma } from "../generated/prisma/client.ts";
import { Id, readInput } from "../platform/input.ts";
import { enqueueReply } from "../replies/enqueue-reply.ts";
import { chargeMessage } from "../usage/quota.ts";
import { announceMessage } from "./announce-message.ts";
import { findRunningReply, lockChatroom, type LockedRoom } from "./lock-chatroom.ts";

/** Longest message, in UTF-16 code units. */
export const MAX_MESSAGE_LENGTH = 32_000;

const SendMessageInput = z.object({
  chatroomId: Id,
  content: z
    .string()
    .max(MAX_MESSAGE_LENGTH)
    .refine((text) => text.trim() !== "", "is empty"),
  clientId: z.string().min(1).max(100).nullish(),
  parentId: Id.nullish(),
});

export type SentMessage = Readonly<{ message: Message; reply: Message }>;

/**
 * Stores a message and its empty, pending reply, which is the outbox entry of its own generation: whatever
 * happens after the commit, a worker will find it. Does not wait for the model.
 *
 * @throws {DomainError} `BAD_USER_INPUT`, `NOT_FOUND`, `REPLY_IN_PROGRESS`, `CONFLICT`, `QUOTA_EXCEEDED`;
 *   then nothing is stored and nothing is charged
 */
export async function sendMessage(ctx: AppContext, userId: string, input: unknown): Promise<SentMessage> {
  const wanted = readInput(SendMessageInput, input);
  const { sent, charged } = await ctx.db.$transaction(async (tx) => {
    const room = await lockChatroom(tx, userId, wanted.chatroomId);
    const before = wanted.clientId ? await findSent(tx, room.id, wanted.clientId) : null;
    if (before) return { sent: before, charged: null };
    const depth = await nextDepth(tx, room, wanted.parentId);
    const { chargedOn, change } = await chargeMessage(ctx, tx, userId);
    return { sent: await store(ctx, tx, room, { ...wanted, depth, chargedOn }), charged: change };
  });

  if (charged) {
    ctx.later("announce usage", announceAccountChange(ctx, charged));
    ctx.later("announce message", announceMessage(ctx, sent.message));
    ctx.later("enqueue reply", enqueueReply(ctx, sent.reply.id));
  }
  return sent;
}

async function findSent(
  tx: Prisma.TransactionClient,
  chatroomId: string,
  clientId: string,
): Promise<SentMessage | null> {
  const message = await tx.message.findUnique({
    where: { chatroomId_clientId: { chatroomId, clientId } },
    include: { children: { where: { role: "ASSISTANT" }, orderBy: { id: "asc" }, take: 1 } },
  });
  const reply = message?.children[0];
  return message && reply ? { message, reply } : null;
}

/** @returns the new message's distance from the root, if the room takes a message now */
async function nextDepth(
  tx: Prisma.TransactionClient,
  room: LockedRoom,
  parentId: string | null | undefined,
): Promise<number> {
  if (parentId && parentId !== room.activeLeafId) {
    throw new DomainError("CONFLICT", "The conversation has moved on.", { headId: room.activeLeafId });
  }
  const running = await findRunningReply(tx, room.id);
  if (running) {
    throw new DomainError("REPLY_IN_PROGRESS", "The last reply is still being written.", { replyId: running.id });
  }
  const leaf = room.activeLeafId
    ? await tx.message.findUnique({ where: { id: room.activeLeafId }, select: { depth: true } })
    : null;
  return (leaf?.depth ?? -1) + 1;
}

async function store(
  ctx: AppContext,
  tx: Prisma.TransactionClient,
  room: LockedRoom,
  wanted: { content: string; clientId?: string | null | undefined; depth: number; chargedOn: Date },
): Promise<SentMessage> {
  const now = ctx.clock.now();
  const messageId = uuidv7();
  const replyId = uuidv7();
  const { seq } = await tx.chatroom.update({
    where: { id: room.id },
    data: { seq: { increment: 1 }, activeLeafId: replyId, lastMessageAt: now },
    select: { seq: true },
  });
  const message = await tx.message.create({
    data: {
      id: messageId,
      chatroomId: room.id,
      parentId: room.activeLeafId,
      depth: wanted.depth,
      role: "USER",
      content: wanted.content,
      status: "COMPLETE",
      seq,
      clientId: wanted.clientId ?? null,
      createdAt: now,
      finishedAt: now,
    },
  });
  const reply = await tx.message.create({
    data: {
      id: replyId,
      chatroomId: room.id,
      parentId: messageId,
      depth: wanted.depth + 1,
      role: "ASSISTANT",
      content: "",
      status: "PENDING",
      model: room.model,
      chargedOn: wanted.chargedOn,
      createdAt: now,
    },
  });
  return { message, reply };
}
