import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { isEnded } from "../rooms/message-status.ts";
import { toStorable } from "../../platform/text/text.ts";
import { replyStoppedTopic } from "./events.ts";
import { findReply } from "./find-reply.ts";
import { finishReply, type ReplyEnd } from "./finish-reply.ts";
import { readDraft } from "./draft.ts";
import { NOTHING_WRITTEN, stopLiveText } from "./live-text.ts";

/** A worker may claim the reply between the read and the write; more claims than this in a row mean a fault. */
const MAX_TRIES = 5;
const RETRY_AFTER_S = 2;

/**
 * Stops a reply, whether it waits or is being written, in whichever process. The text so far is saved before this
 * returns, and the model's request is aborted. A reply that has ended stays as it is.
 *
 * @throws {DomainError} `NOT_FOUND`; `BAD_USER_INPUT` for a user's message; `UNAVAILABLE` when Redis, which
 *   holds the text so far, is unavailable: then the reply goes on
 */
export async function stopReply(ctx: AppContext, userId: string, messageId: string): Promise<Message> {
  const find = () => findReply(ctx, userId, messageId);
  return (await stopOwnReply(ctx, userId, find)) ?? find();
}

/**
 * Stops a reply that was checked to be the user's.
 *
 * @param find reads the reply as it is now; null when it is gone
 * @throws {DomainError} `UNAVAILABLE`, and what `find` throws
 */
export async function stopOwnReply(
  ctx: AppContext,
  userId: string,
  find: () => Promise<Message | null>,
): Promise<Message | null> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const reply = await find();
    if (!reply || isEnded(reply.status)) return reply;

    const written = await freeze(ctx, reply);
    const stopped = await finishReply(ctx, { ...reply, userId }, { status: "STOPPED", ...written });
    if (stopped) {
      await ctx.pubsub.publish(replyStoppedTopic, "", { replyId: reply.id, attempt: reply.attempt });
      return stopped;
    }
  }
  throw new DomainError("UNAVAILABLE", "The reply could not be stopped just now.", { retryAfter: RETRY_AFTER_S });
}

/**
 * From here on the live text refuses its worker, so the saved text is what readers saw. The worker that meets the
 * refusal saves its text too: the first of the two stops the reply.
 */
async function freeze(ctx: AppContext, reply: Message): Promise<Pick<ReplyEnd, "content" | "thought" | "activities">> {
  if (reply.attempt === 0) return { content: "" };
  try {
    const written = await stopLiveText(ctx.redis, reply.id, reply.attempt);
    const { text, thought, activities } = written ?? (await readDraft(ctx, reply, { parts: true })) ?? NOTHING_WRITTEN;
    return { content: toStorable(text), thought: toStorable(thought), activities };
  } catch (error) {
    ctx.logger.warn({ err: error, replyId: reply.id }, "could not stop the live text");
    throw new DomainError("UNAVAILABLE", "The reply cannot be stopped just now.", { retryAfter: RETRY_AFTER_S });
  }
}
