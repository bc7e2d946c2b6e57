import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Message, QueuedMessage, QueuePause } from "../../generated/prisma/client.ts";
import { keepModel } from "../models/choose-model.ts";
import { readSettings } from "../models/room-settings.ts";
import { appendTurn } from "./append-turn.ts";
import { headOf, readForSend, type SeenRoom } from "./read-for-send.ts";
import { setPause } from "./set-pause.ts";
import { whileRoomMoves } from "./while-room-moves.ts";

type TakenUp = Readonly<{ message: Message; reply: Message }>;
type Outcome = Readonly<{ taken: TakenUp | null }>;

const NOTHING: Outcome = { taken: null };

/**
 * Takes the first message of a room's queue up, if nothing is running and the queue is not paused: it follows the head of
 * the room, and its reply is asked for. Any number of processes may call this at once, and again: `appendTurn` removes the
 * message from the queue in the same statement.
 *
 * A queue goes on by itself only after a reply that is complete. After any other end, and when the reply cannot be asked
 * for, it is paused.
 *
 * @param options `resume` for a person who wants the queue to go on: a pause ends, and what forbids the reply is thrown
 * @returns null when there was nothing to take up
 * @throws {DomainError} `NOT_FOUND`, `UNAVAILABLE`; with `resume` also `MODEL_NOT_ALLOWED`, `QUOTA_EXCEEDED` and
 *   `LIMIT_EXCEEDED`, and the queue is as it was
 */
export async function takeUpQueued(
  ctx: AppContext,
  userId: string,
  chatroomId: string,
  { resume = false }: { resume?: boolean } = {},
): Promise<TakenUp | null> {
  const { taken } = await whileRoomMoves<Outcome>(async () => {
    const room = await readForSend(ctx, userId, { chatroomId });
    if (room.runningId !== null || room.queued === 0) return NOTHING;
    if (!resume) {
      if (room.queuePausedBecause !== null) return NOTHING;
      const cause = pauseAfter(room);
      if (cause) return pauseQueue(ctx, userId, room, cause);
    }
    const queued = await ctx.db.queuedMessage.findFirst({ where: { chatroomId }, orderBy: { position: "asc" } });
    if (!queued) return null;
    try {
      const appended = await append(ctx, userId, { room, queued, resume });
      return appended && { taken: appended };
    } catch (error) {
      const cause = resume ? null : pauseFor(error);
      if (!cause) throw error;
      return pauseQueue(ctx, userId, room, cause);
    }
  });
  return taken;
}

type First = Readonly<{ room: SeenRoom; queued: QueuedMessage; resume: boolean }>;

function append(ctx: AppContext, userId: string, { room, queued, resume }: First): Promise<TakenUp | null> {
  keepModel(ctx, { id: queued.model, plan: room.plan });
  const parent = headOf(room);
  const asking = { modelId: queued.model, settings: readSettings(queued.settings) };
  return appendTurn(ctx, userId, {
    room,
    parent,
    question: { queued },
    asking,
    resumesQueue: resume,
    marksRead: resume,
  });
}

/** Of a reply that a process of the release before has ended: it knows of no queue. */
function pauseAfter({ leafStatus }: SeenRoom): QueuePause | null {
  switch (leafStatus) {
    case "STOPPED":
    case "FAILED":
    case "BLOCKED":
      return leafStatus;
    default:
      return null;
  }
}

/** Why the queue cannot go on, if its user can do something about it. */
function pauseFor(error: unknown): QueuePause | null {
  if (!(error instanceof DomainError)) return null;
  switch (error.code) {
    case "QUOTA_EXCEEDED":
      return "QUOTA";
    case "MODEL_NOT_ALLOWED":
      return "MODEL";
    case "LIMIT_EXCEEDED":
      return "LIMIT";
    default:
      return null;
  }
}

async function pauseQueue(ctx: AppContext, userId: string, room: SeenRoom, cause: QueuePause): Promise<Outcome> {
  await setPause(ctx, { ...room, userId }, cause);
  return NOTHING;
}
