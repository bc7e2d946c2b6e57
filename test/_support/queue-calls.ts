import { v7 as uuidv7 } from "uuid";
import type { AppContext } from "../../src/app-context.ts";
import { finishReply, type ReplyEnd } from "../../src/features/replies/finish-reply.ts";
import { sendMessage } from "../../src/features/turns/send-message.ts";
import { sweepQueues } from "../../src/features/turns/sweep-queues.ts";
import { takeUpQueued } from "../../src/features/turns/take-up-queued.ts";
import type { Prisma } from "../../src/generated/prisma/client.ts";
import { whenBlocked } from "./when-blocked.ts";

type SendInput = Parameters<typeof sendMessage>[2];

/** What tests do with queues, as one user, inside their own process. */
export function queueCalls(user: () => { ctx: AppContext; userId: string }) {
  const send = (chatroomId: string, more: Partial<SendInput> = {}) =>
    sendMessage(user().ctx, user().userId, { chatroomId, content: "hello", ...more });
  const queue = async (chatroomId: string, more: Partial<SendInput> = {}) =>
    (await send(chatroomId, { whileReplying: "QUEUE", ...more })).message;
  const takeUp = (room: string) => takeUpQueued(user().ctx, user().userId, room);
  const sweep = () => sweepQueues(user().ctx, new AbortController().signal);
  const stateOf = async (id: string) =>
    user().ctx.db.chatroom.findUniqueOrThrow({ where: { id }, include: { queue: true } });

  async function usage() {
    const { messages, reservedCost } = await user().ctx.db.usage.findFirstOrThrow({ where: { userId: user().userId } });
    return { messages, reserved: Number(reservedCost) };
  }

  /** A room with a reply that has not begun. */
  async function openRoom(): Promise<{ room: string; replyId: string }> {
    const room = uuidv7();
    await user().ctx.db.chatroom.create({ data: { id: room, userId: user().userId, title: "A room" } });
    const { reply } = await send(room);
    if (!reply) throw new Error("the message was queued");
    return { room, replyId: reply.id };
  }

  /** Ends a reply as a worker does; no worker is there to continue the queue. */
  async function end(replyId: string, how: Partial<ReplyEnd> = {}) {
    const reply = await user().ctx.db.message.findUniqueOrThrow({ where: { id: replyId } });
    return finishReply(
      user().ctx,
      { ...reply, userId: user().userId },
      { status: "COMPLETE", content: "Yes.", ...how },
    );
  }

  /** Begins something while the room is locked by another transaction, and lets it go on after that. */
  async function during<T>(
    room: string,
    work: () => Promise<T>,
    change: (tx: Prisma.TransactionClient) => Promise<unknown>,
  ) {
    return user().ctx.db.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 AS "locked" FROM "Chatroom" WHERE "id" = ${room}::uuid FOR UPDATE`;
      const done = work();
      await whenBlocked(tx);
      await change(tx);
      return { done };
    });
  }
  return { send, queue, takeUp, sweep, stateOf, usage, openRoom, end, during };
}
