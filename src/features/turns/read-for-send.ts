import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { Prisma, type Chatroom, type MessageStatus } from "../../generated/prisma/client.ts";
import { runningCountSql } from "../replies/reply-wait.ts";
import { isRunningReplySql } from "../rooms/message-status.ts";
import { isOwnRoomSql } from "../rooms/room-access.ts";
import { quotaRowsSql } from "../usage/quota-day.ts";
import type { Parent, TurnRoom } from "./append-turn.ts";

type Wanted = Readonly<{ chatroomId: string; clientId?: string | null | undefined }>;

/** A room as a send finds it, with all that decides on the send. */
export type SeenRoom = TurnRoom &
  Pick<Chatroom, "queued" | "queuePausedBecause"> & {
    /** Of the active leaf; -1 in an empty room. */
    leafDepth: number;
    leafAnchorId: string | null;
    leafStatus: MessageStatus | null;
    /** The reply that is waited for. */
    runningId: string | null;
    /** The message that was sent with this `clientId`. */
    sentId: string | null;
    /** The message in the queue that was. */
    queuedId: string | null;
  };

/** @throws {DomainError} `NOT_FOUND`, also for somebody else's room */
export async function readForSend(ctx: AppContext, userId: string, wanted: Wanted): Promise<SeenRoom> {
  const [room] = await ctx.db.query<SeenRoom>(readForSendSql(ctx, userId, wanted));
  if (!room) throw new DomainError("NOT_FOUND", "There is no such chatroom.");
  return room;
}

/** The head of the room, which the next message follows. */
export const headOf = ({ activeLeafId, leafDepth, leafAnchorId }: SeenRoom): Parent | null =>
  activeLeafId === null ? null : { id: activeLeafId, depth: leafDepth, anchorId: leafAnchorId };

export const readForSendSql = (
  ctx: Pick<AppContext, "config">,
  userId: string,
  { chatroomId, clientId = null }: Wanted,
): Prisma.Sql => Prisma.sql`
  SELECT "room"."id"::text, "room"."model", "room"."settings", "room"."seq", "room"."activeLeafId"::text,
    "room"."queued", "room"."queuePausedBecause",
    coalesce("leaf"."depth", -1) AS "leafDepth", "leaf"."anchorId"::text AS "leafAnchorId", "leaf"."status" AS "leafStatus",
    "running"."id"::text AS "runningId", "sent"."id"::text AS "sentId", "waiting"."id"::text AS "queuedId",
    ${runningCountSql(ctx, userId)} AS "runningReplies",
    "quota"."plan", "quota"."timeZone", "quota"."day", "quota"."lastsUntil", "quota"."messages"
  FROM "Chatroom" "room"
  JOIN ${quotaRowsSql} "quota" ON "quota"."userId" = "room"."userId"
  LEFT JOIN "Message" "leaf" ON "leaf"."id" = "room"."activeLeafId"
  LEFT JOIN "Message" "running" ON "running"."chatroomId" = "room"."id"
    AND ${isRunningReplySql("running")}
  LEFT JOIN "Message" "sent" ON "sent"."chatroomId" = "room"."id" AND "sent"."clientId" = ${clientId}::text
  LEFT JOIN "QueuedMessage" "waiting" ON "waiting"."chatroomId" = "room"."id" AND "waiting"."clientId" = ${clientId}::text
  WHERE "room"."id" = ${chatroomId}::uuid AND ${isOwnRoomSql("room", userId)}`;
