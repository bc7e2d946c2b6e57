import DataLoader from "dataloader";
import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { withTimeout } from "../../platform/timing.ts";
import { isRunning } from "../rooms/message-status.ts";
import { liveMetaKey, liveTextKey } from "./live-keys.ts";

/** Replies of one answer whose texts are read; those beyond have none. Each text is bounded by the one that writes it. */
const MAX_TEXTS = 10;
/** Redis answers by then, or the texts are empty. */
const ANSWER_LIMIT_MS = 500;

/** Whether a message is a reply that has not ended: its text is in Redis. */
export const isInProgress = ({ role, status }: Pick<Message, "role" | "status">): boolean =>
  role === "ASSISTANT" && isRunning(status);

/** Whether the row of a reply in progress has the beginning of its attempt's text, as a worker that stopped has left it. */
export const hasDraft = ({ attempt, draftAttempt }: Pick<Message, "attempt" | "draftAttempt">): boolean =>
  draftAttempt === attempt;

type Answer<Value> = [error: Error | null, value: Value | null];
type Running = Pick<Message, "id" | "attempt">;

/**
 * Reads what replies in progress have of their text so far, each of the attempt of its row: `replyStream` goes on from that
 * attempt and the text's length. Empty where nothing of that attempt is there, or Redis is unavailable.
 */
export function createRunningTextLoader(ctx: Pick<AppContext, "redis" | "logger">): DataLoader<Running, string> {
  let left = MAX_TEXTS;
  return new DataLoader<Running, string>(
    async (replies) => {
      const asked = replies.slice(0, left);
      left -= asked.length;
      const texts = await readTexts(ctx, asked);
      return replies.map((_, index) => texts[index] ?? "");
    },
    { cache: false },
  );
}

async function readTexts({ redis, logger }: Pick<AppContext, "redis" | "logger">, replies: readonly Running[]) {
  if (replies.length === 0 || redis.status !== "ready") return [];
  // In one transaction, so that attempt and text belong together.
  const commands = redis.multi();
  for (const { id } of replies) commands.hmget(liveMetaKey(id), "attempt", "state").get(liveTextKey(id));
  try {
    const found = (await withTimeout(commands.exec(), ANSWER_LIMIT_MS, "Redis does not answer")) ?? [];
    return replies.map(({ attempt }, index) => {
      const [[, meta], [, text]] = found.slice(2 * index) as [Answer<[string | null, string | null]>, Answer<string>];
      // The text of an attempt that has ended is in its row, or void, if the reply is tried again.
      const current = meta?.[0] === String(attempt) && meta[1] === "streaming";
      return current ? (text ?? "") : "";
    });
  } catch (error) {
    logger.warn({ err: error }, "the texts of running replies cannot be read");
    return [];
  }
}
