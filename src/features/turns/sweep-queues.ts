import { NIL as NIL_UUID } from "uuid";
import type { AppContext } from "../../app-context.ts";
import { Prisma, type Chatroom } from "../../generated/prisma/client.ts";
import { isRunningReplySql } from "../rooms/message-status.ts";
import { takeUpQueued } from "./take-up-queued.ts";

const PAGE = 500;

type Waiting = Pick<Chatroom, "id" | "userId">;

/**
 * Continues queues in whose rooms nothing is running: after a crash between the end of a reply and the job that continues
 * the queue, or a Redis that lost it.
 *
 * @param signal asks it to end early
 */
export async function sweepQueues(ctx: AppContext, signal: AbortSignal): Promise<void> {
  let after: string | undefined = NIL_UUID;
  do {
    const page: Waiting[] = await ctx.db.$queryRaw(waitingRoomsSql(after));
    for (const { id, userId } of page) {
      if (signal.aborted) return;
      await takeUpQueued(ctx, userId, id).catch((error: unknown) =>
        ctx.logger.warn({ err: error, chatroomId: id }, "could not continue a queue"),
      );
    }
    after = page.length === PAGE ? page.at(-1)?.id : undefined;
  } while (after !== undefined);
}

/** @param after the id of a room */
export const waitingRoomsSql = (after: string): Prisma.Sql => Prisma.sql`
  SELECT "id"::text, "userId"::text FROM "Chatroom" "room"
  WHERE "queued" > 0 AND "queuePausedBecause" IS NULL AND "deletedAt" IS NULL AND "id" > ${after}::uuid
    AND NOT EXISTS (SELECT FROM "Message" "reply" WHERE "chatroomId" = "room"."id" AND ${isRunningReplySql("reply")})
  ORDER BY "id" LIMIT ${PAGE}`;
