import { announceAccountChange } from "../activity/append-account-events.ts";
import type { AppContext } from "../../app-context.ts";
import type { RoomChange } from "./room-change.ts";
import { dropRoomLists } from "./room-list-cache.ts";

/**
 * The one call that follows the commit of a change of a room, or of any message in it: the user's cached lists of rooms are
 * dropped, and the followers of the account hear of it. A message that gets its position in the room is announced by
 * `messageAdded`, which calls this. Never fails, and waits for Redis for a quarter of a second at most.
 *
 * @param change what the transaction or the statement has given: see room-change.ts
 */
export async function roomChanged(
  ctx: Pick<AppContext, "cache" | "pubsub" | "runInBackground">,
  change: RoomChange,
): Promise<void> {
  // First in the pipe: a client that hears of the change finds it in the list.
  const dropped = dropRoomLists(ctx, change.userId);
  ctx.runInBackground("announce a room", announceAccountChange(ctx, change));
  await dropped;
}
