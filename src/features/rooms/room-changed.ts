import type { AppContext } from "../../app-context.ts";
import { roomsGroup } from "./room-list-cache.ts";

/**
 * The one call that follows the commit of a change that shows in the user's list: of a room, or of any message in it. A
 * message that gets its position in the room is announced by `messageAdded`, which calls this. Never fails, and waits for
 * Redis for a quarter of a second at most.
 */
export const roomChanged = (ctx: Pick<AppContext, "cache">, userId: string): Promise<void> =>
  ctx.cache.drop(roomsGroup(userId));
