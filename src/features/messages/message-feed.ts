import type { AppContext } from "../../app-context.ts";
import { Prisma } from "../../generated/prisma/client.ts";
import { createFeedHub, type FeedHub, type FeedKind } from "../../platform/feed/feed.ts";
import { messageAddedTopic, type MessageAdded } from "./events.ts";
import { MessageLog, type LoggedMessage, type MessagePosition } from "./message-log.ts";
import { readLogPage, type LogKind } from "./read-log-page.ts";

export type MessageFeeds = FeedHub<MessagePosition, LoggedMessage>;

/**
 * The feeds of rooms: messages in the order of their positions. The log is in PostgreSQL; pub/sub only announces that it
 * grew.
 */
export function createMessageFeeds(ctx: Pick<AppContext, "db" | "pubsub" | "logger">, which: LogKind): MessageFeeds {
  const kind: FeedKind<MessagePosition, LoggedMessage, MessageAdded, MessageLog> = {
    name: which.running ? "room with running replies" : "room",
    topics: [messageAddedTopic],
    createLog: () => new MessageLog(),
    read: (chatroomId, log) => readOn(ctx, chatroomId, log, which),
    async readPage(chatroomId, position) {
      const { messages } = await readLogPage(ctx, chatroomId, position, which);
      return messages.map((event) => ({ event, position: event.position }));
    },
    namePosition: String,
    async findStale(logs) {
      const heads = [...logs.values()].map(({ head }) => head ?? -1);
      const grown = await ctx.db.query<{ id: string }>(Prisma.sql`
        SELECT "id"::text FROM unnest(${[...logs.keys()]}::uuid[], ${heads}::int[]) AS "known"("id", "head")
        JOIN "Chatroom" USING ("id") WHERE "seq" > "head"`);
      return grown.map(({ id }) => id);
    },
  };
  return createFeedHub(kind, ctx);
}

async function readOn(ctx: Pick<AppContext, "db">, chatroomId: string, log: MessageLog, which: LogKind): Promise<void> {
  const room = await ctx.db.chatroom.findUniqueOrThrow({
    where: { id: chatroomId },
    select: { seq: true, deletedAt: true },
  });
  if (room.deletedAt) return log.end();
  if (log.head === undefined) return log.advance([], room.seq);
  // The room's own seq may be missing: its message got a new one, or it is of a reply that runs or has run.
  while (log.head < room.seq) {
    const { messages, complete } = await readLogPage(ctx, chatroomId, log.head, which);
    log.advance(messages, complete ? room.seq : (messages.at(-1)?.position ?? room.seq));
  }
}
