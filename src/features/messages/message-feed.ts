import type { AppContext } from "../../app-context.ts";
import { createFeedHub, type FeedHub, type FeedKind } from "../../platform/feed/feed.ts";
import { messageAddedTopic, type MessageAdded } from "./events.ts";
import { MessageLog, type LoggedMessage, type MessagePosition } from "./message-log.ts";
import { readLogPage } from "./read-log-page.ts";

export type MessageFeeds = FeedHub<MessagePosition, LoggedMessage>;

/**
 * The feeds of rooms: messages in the order of their `seq`. The log is in PostgreSQL; pub/sub only announces that it
 * grew.
 */
export function createMessageFeeds(ctx: Pick<AppContext, "db" | "pubsub" | "logger">): MessageFeeds {
  const kind: FeedKind<MessagePosition, LoggedMessage, MessageAdded, MessageLog> = {
    name: "room",
    topics: [messageAddedTopic],
    createLog: () => new MessageLog(),
    read: (chatroomId, log) => readOn(ctx, chatroomId, log),
    async readPage(chatroomId, position) {
      const messages = await readLogPage(ctx, chatroomId, position);
      return messages.map((event) => ({ event, position: event.seq }));
    },
    namePosition: String,
    async findStale(logs) {
      const heads = [...logs.values()].map(({ head }) => head ?? -1);
      const grown = await ctx.db.$queryRaw<{ id: string }[]>`
        SELECT "id"::text FROM unnest(${[...logs.keys()]}::uuid[], ${heads}::int[]) AS "known"("id", "head")
        JOIN "Chatroom" USING ("id") WHERE "seq" > "head"`;
      return grown.map(({ id }) => id);
    },
  };
  return createFeedHub(kind, ctx);
}

async function readOn(ctx: Pick<AppContext, "db">, chatroomId: string, log: MessageLog): Promise<void> {
  const room = await ctx.db.chatroom.findUniqueOrThrow({
    where: { id: chatroomId },
    select: { seq: true, deletedAt: true },
  });
  if (room.deletedAt) return log.end();
  if (log.head === undefined) return log.advance([], room.seq);
  // The room's own seq may be missing: its message got a new one.
  while (log.head < room.seq) {
    const page = await readLogPage(ctx, chatroomId, log.head);
    log.advance(page, page.at(-1)?.seq ?? room.seq);
  }
}
