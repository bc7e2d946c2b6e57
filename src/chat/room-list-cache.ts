import { createHash } from "node:crypto";
import type { AppContext } from "../app-context.ts";
import { Prisma } from "../generated/prisma/client.ts";
import type { PageWindow } from "../platform/paging.ts";
import { listChatrooms, type ListedRoom } from "./list-chatrooms.ts";

/** Processes whose tables differ, during a deploy, keep entries of their own. */
const FORMAT = createHash("sha256")
  .update(Object.keys({ ...Prisma.ChatroomScalarFieldEnum, ...Prisma.MessageScalarFieldEnum }).join())
  .digest("base64url")
  .slice(0, 8);

const groupOf = (userId: string): string => `rooms:${userId}`;

/**
 * A page of the user's rooms as `listChatrooms` reads it; one without a cursor, which is what a client opens with, comes
 * from Redis.
 *
 * @throws {DomainError} `BAD_USER_INPUT` for a cursor that is none
 */
export async function readRoomList(
  ctx: Pick<AppContext, "db" | "cache">,
  userId: string,
  window: PageWindow,
): Promise<ListedRoom[]> {
  if (typeof window.after === "string" || typeof window.before === "string") return listChatrooms(ctx, userId, window);
  const entry = `${FORMAT} ${window.limit} ${window.inverted ? "last" : "first"}`;
  const json = await ctx.cache.read({ group: groupOf(userId), entry }, async () =>
    JSON.stringify(await listChatrooms(ctx, userId, window)),
  );
  return JSON.parse(json, reviveTime) as ListedRoom[];
}

/**
 * Called once a change is committed that shows in the user's list: of a room, its head, or its running reply. Never
 * fails, and waits for Redis for a quarter of a second at most.
 */
export const dropRoomList = (ctx: Pick<AppContext, "cache">, userId: string): Promise<void> =>
  ctx.cache.drop(groupOf(userId));

/** All columns of these names are times, and no others. */
const reviveTime = (name: string, value: unknown): unknown =>
  typeof value === "string" && (name.endsWith("At") || name === "chargedOn") ? new Date(value) : value;
