import { Redis } from "ioredis";
import type { PrismaClient } from "../../src/generated/prisma/client.ts";
import { appendLiveText, writeLiveText } from "../../src/features/replies/live-text.ts";
import { createReply } from "./create-reply.ts";

/** Replies that are being written without a worker, and what an API follows of them. */
export type LiveReplies = Readonly<{
  /** A reply that grows by a piece every few milliseconds. @returns its id */
  begin(userId: string, piece?: string): Promise<string>;
  /** The channels of replies that anybody follows. */
  channels(): Promise<string[]>;
  /** No reply grows any more. */
  stop(): void;
  close(): void;
}>;

const PACE_MS = 25;

export function createLiveReplies({ db, redis: { url } }: { db: PrismaClient; redis: { url: string } }): LiveReplies {
  const redis = new Redis(url);
  const timers = new Set<NodeJS.Timeout>();
  function stop(): void {
    for (const timer of timers) clearInterval(timer);
    timers.clear();
  }
  return {
    stop,
    async begin(userId, piece = "a piece of text ") {
      const id = await createReply(db, { status: "STREAMING", attempt: 1, userId });
      await writeLiveText(redis, id, { attempt: 1, text: piece });
      let offset = piece.length;
      const grow = () => {
        const part = { attempt: 1, offset, text: piece };
        offset += piece.length;
        appendLiveText(redis, id, part).catch(() => {});
      };
      timers.add(setInterval(grow, PACE_MS));
      return id;
    },
    channels: async () => (await redis.pubsub("CHANNELS", "reply:live:*")) as string[],
    close() {
      stop();
      redis.disconnect();
    },
  };
}
