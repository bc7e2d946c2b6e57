import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import type { Continuation } from "../../platform/gemini/model.ts";
import { isBlank } from "../../platform/text/blank.ts";
import { hasDraft } from "../messages/load-running-texts.ts";
import { AnyActivity } from "../messages/read-activities.ts";
import { isRetired } from "../models/resolve-model.ts";
import type { RoomSettings } from "../models/room-settings.ts";
import type { Written } from "./live-text.ts";

/**
 * What a stopping worker leaves of a reply, for the next attempt to go on from. It stands in `Message.content` and
 * `ReplyDetail`, and is void unless `Message.draftAttempt` is the row's `attempt`: a worker of an older release starts over.
 */
export type Draft = Written;

type Models = Pick<AppContext, "config" | "clock">;

/** How a model goes on with a text; null if it does not. */
export function continuationBy({ config }: Pick<Models, "config">, model: string): Continuation["by"] | null {
  const { continuation = "NONE" } = config.models.models.get(model) ?? {};
  return continuation === "NONE" ? null : continuation;
}

/** The models that go on with a text of theirs. */
export const continuingModels = (ctx: Models): string[] =>
  [...ctx.config.models.models.values()]
    .filter((model) => !isRetired(ctx, model) && continuationBy(ctx, model.id) !== null)
    .map(({ id }) => id);

/**
 * What another attempt can go on from; null if it has to start over. A reply that may search or run code starts over: what
 * belongs to its first half comes with the end of a call.
 */
export function draftOf(
  ctx: Models,
  { model, settings }: Readonly<{ model: string; settings: RoomSettings }>,
  { text, thought, activities }: Written,
): Draft | null {
  const isPlain = activities.every(({ kind }) => kind === "THOUGHT") && !settings.search && !settings.codeExecution;
  if (!isPlain || isBlank(text) || continuationBy(ctx, model) === null) return null;
  // A stretch of thinking that has not ended is thought anew.
  const thoughtEnd = activities.reduce((end, each) => (each.kind === "THOUGHT" ? each.thoughtEnd : end), 0);
  return { text, thought: thought.slice(0, thoughtEnd), activities };
}

/**
 * The draft of a running reply; null where there is none.
 *
 * @param parts whether thoughts and activities are read; else there are none
 */
export async function readDraft(
  { db }: Pick<AppContext, "db">,
  reply: Pick<Message, "id" | "attempt" | "draftAttempt" | "content">,
  { parts }: { parts: boolean },
): Promise<Draft | null> {
  if (!hasDraft(reply) || isBlank(reply.content)) return null;
  const detail = parts ? await db.replyDetail.findUnique({ where: { messageId: reply.id } }) : null;
  return {
    text: reply.content,
    thought: detail?.thought ?? "",
    activities: z.array(AnyActivity).parse(detail?.activities ?? []),
  };
}
