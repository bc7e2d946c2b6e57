import type { AppContext } from "../../app-context.ts";
import type { Chatroom, Message } from "../../generated/prisma/client.ts";
import { TEXTS, withoutTexts } from "../messages/load-messages.ts";
import { contextLimit } from "./context-limit.ts";
import { readPath } from "./read-path.ts";
import { selectContext } from "./select-context.ts";

/** What the next reply in a room will be given of the conversation. */
export type ContextUse = Readonly<{
  usedTokens: number;
  limit: number;
  summarizedUpTo: Message | null;
  cutBefore: Message | null;
}>;

/** Of the active branch, with the room's present model and instructions. */
export async function readContextUse(
  ctx: Pick<AppContext, "db" | "config" | "clock">,
  { model, systemPrompt, activeLeafId }: Pick<Chatroom, "model" | "systemPrompt" | "activeLeafId">,
): Promise<ContextUse> {
  const limit = contextLimit(ctx, model);
  if (activeLeafId === null) return { usedTokens: 0, limit, summarizedUpTo: null, cutBefore: null };
  const path = await readPath(ctx, activeLeafId, limit);
  const { usedTokens, summarizedUpTo, cutBefore } = selectContext(path, { systemPrompt: systemPrompt ?? "", limit });
  const ids = [summarizedUpTo, cutBefore].filter((id) => id !== null);
  const rows = ids.length > 0 ? await ctx.db.message.findMany({ where: { id: { in: ids } }, omit: TEXTS }) : [];
  const messages = new Map(withoutTexts(rows).map((message) => [message.id, message]));
  const find = (id: string | null) => (id === null ? null : (messages.get(id) ?? null));
  return { usedTokens, limit, summarizedUpTo: find(summarizedUpTo), cutBefore: find(cutBefore) };
}
