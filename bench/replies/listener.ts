import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { monotonicNow } from "../_support/numbers.ts";
import type { Sent } from "./programs/sender.ts";

/** What is heard of replies in Redis, as an API hears it; times are those of `monotonicNow`. */
export type Listener = Readonly<{
  /** When a worker took the reply up. */
  begun: ReadonlyMap<string, number>;
  /** When it ended. */
  ended: ReadonlyMap<string, number>;
  /** Up to where its text had come at which time. Lists of numbers, as an object for each piece makes long collections of garbage. */
  heard: ReadonlyMap<string, Readonly<{ at: readonly number[]; end: readonly number[] }>>;
  forget(): void;
}>;

type Wire = { kind: "text"; attempt: number; offset: number; text: string } | { kind: "changed"; attempt: number };

const CHANNEL = "reply:live:";
const LIMIT_MS = 60_000;
const LOOK_AGAIN_MS = 10;

export async function listen(redis: Redis): Promise<Listener> {
  const begun = new Map<string, number>();
  const ended = new Map<string, number>();
  const heard = new Map<string, { at: number[]; end: number[] }>();

  redis.on("pmessage", (_pattern, channel, json) => {
    const at = monotonicNow();
    const id = channel.slice(CHANNEL.length);
    const wire = JSON.parse(json) as Wire;
    if (wire.kind === "text") {
      if (!begun.has(id)) begun.set(id, at);
      let pieces = heard.get(id);
      if (!pieces) heard.set(id, (pieces = { at: [], end: [] }));
      pieces.at.push(at);
      pieces.end.push(wire.offset + wire.text.length);
    } else if (begun.has(id)) ended.set(id, at);
  });
  await redis.psubscribe(`${CHANNEL}*`);

  return {
    begun,
    ended,
    heard,
    forget() {
      for (const map of [begun, ended, heard]) map.clear();
    },
  };
}

/** Waits until all replies are among those that were seen. @throws when they are not within a minute */
export async function untilSeen(seen: ReadonlyMap<string, number>, sent: readonly Sent[]): Promise<void> {
  const giveUpAt = monotonicNow() + LIMIT_MS;
  while (!sent.every(({ replyId }) => seen.has(replyId))) {
    if (monotonicNow() > giveUpAt) throw new Error(`waited in vain for ${sent.length} replies`);
    await delay(LOOK_AGAIN_MS);
  }
}

/** How long each of them waited from the message to the claim, sorted; for ever where it was not taken up. */
export const waitsOf = (listener: Listener, sent: readonly Sent[]): number[] =>
  sent.map(({ replyId, sentAt }) => (listener.begun.get(replyId) ?? Infinity) - sentAt).toSorted((a, b) => a - b);
