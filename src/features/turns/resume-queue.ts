import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { readId } from "../../platform/input.ts";
import { findChatroom } from "../rooms/find-chatroom.ts";
import { setPause } from "./set-pause.ts";
import { takeUpQueued } from "./take-up-queued.ts";
import { whileRoomMoves } from "./while-room-moves.ts";

/** What the call has taken up, if nothing was running. */
export type ResumedQueue = Readonly<{ chatroomId: string; message: Message | null; reply: Message | null }>;

/**
 * Lets a room's queue go on: its first message is taken up at once, or after the reply that is running. Without a queue, or
 * with one that is not paused, nothing changes.
 *
 * @throws {DomainError} `NOT_FOUND`, `BAD_USER_INPUT`, `UNAVAILABLE`; `MODEL_NOT_ALLOWED`, `QUOTA_EXCEEDED` and
 *   `LIMIT_EXCEEDED` when the first message cannot be answered: then the queue stays paused
 */
export async function resumeQueue(ctx: AppContext, userId: string, chatroomId: string): Promise<ResumedQueue> {
  const id = readId(chatroomId, "chatroomId");
  return whileRoomMoves<ResumedQueue>(async () => {
    const taken = await takeUpQueued(ctx, userId, id, { resume: true });
    if (taken) return { chatroomId: id, ...taken };
    const room = await findChatroom(ctx, userId, id, { field: "chatroomId" });
    const isResumed = room.queuePausedBecause === null || (await setPause(ctx, room, null));
    // The reply that was running may have ended meanwhile.
    return isResumed ? { chatroomId: id, message: null, reply: null } : null;
  });
}
