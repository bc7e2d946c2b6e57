import type { AppContext } from "../../app-context.ts";
import type { Chatroom } from "../../generated/prisma/client.ts";
import type { AccountFeedEvent } from "./account-log.ts";

/** An event as it is delivered, with the room if it is about one that the user has. */
export type DeliveredEvent =
  | (Omit<AccountFeedEvent, "kind"> & Readonly<{ kind: Exclude<AccountFeedEvent["kind"], "ROOM"> | "ROOM_DELETED" }>)
  | ChangedRoom;

export type ChangedRoom = Omit<AccountFeedEvent, "kind"> & Readonly<{ kind: "ROOM_CHANGED"; room: Chatroom }>;

/** Reads what an event is about, as far as that decides what kind of event it is: a room may be deleted or restored by now. */
export async function readAccountEvent(
  ctx: Pick<AppContext, "db">,
  { kind, ...event }: AccountFeedEvent,
): Promise<DeliveredEvent> {
  if (kind !== "ROOM") return { ...event, kind };
  // As in room-access.ts, which lies above.
  const where = { id: event.subject, userId: event.userId, deletedAt: null };
  const room = await ctx.db.chatroom.findFirst({ where });
  return room ? { ...event, kind: "ROOM_CHANGED", room } : { ...event, kind: "ROOM_DELETED" };
}
