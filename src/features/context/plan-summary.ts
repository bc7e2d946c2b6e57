import { estimateTokens } from "../../platform/text/estimate-tokens.ts";
import { MAX_MESSAGES, type Path } from "./read-path.ts";
import { isPinned, usableMessages, type SelectedContext } from "./select-context.ts";

/** A conversation is summarised when a prompt of it takes this share of the limit, down to the other one: in few, large
 * steps, as each changes the beginning of the prompt, which the provider has in its cache. */
const FULL = 0.8;
const KEPT = 0.4;

/** The stretch of a path that a summary is to stand for, from its end back. */
export type SummaryPlan = Readonly<{
  /** The last message of it, a reply. */
  toId: string;
  /** The message before its first one; null at the root. */
  afterId: string | null;
}>;

/** Whether a conversation is so long that it is time to summarise it. */
export const isFull = (
  { usedTokens, cutBefore, messages }: Pick<SelectedContext, "usedTokens" | "cutBefore" | "messages">,
  limit: number,
): boolean => usedTokens >= limit * FULL || cutBefore !== null || messages.length >= MAX_MESSAGES * FULL;

/** The longest summary, in tokens. */
export const summaryTokens = (limit: number): number => Math.min(2_000, Math.max(200, Math.floor(limit / 10)));

/**
 * What to summarise of a conversation that is full: all but its beginning and its newest messages. The newest exchange is
 * never summarised, however long it is.
 *
 * @returns null where nothing is left to summarise
 */
export function planSummary(
  path: Path,
  { systemPrompt, limit }: { systemPrompt: string; limit: number },
): SummaryPlan | null {
  const sizeOf = (text: string) => estimateTokens(text) * path.scale;
  const pins = isPinned(path, limit);
  const before = pins ? path.pinned.reduce((sum, { content }) => sum + sizeOf(content ?? ""), 0) : 0;
  let left = limit * KEPT - sizeOf(systemPrompt) - before - summaryTokens(limit);
  let count = 0;
  let firstKept: string | null | undefined;
  for (const { role, content, parentId } of usableMessages(path.messages)) {
    count += 1;
    left -= content === null ? Number.POSITIVE_INFINITY : sizeOf(content);
    if (firstKept !== undefined && (left < 0 || count > MAX_MESSAGES * KEPT)) break;
    // What is kept begins with a question, whose parent is a reply.
    if (role === "USER") firstKept = parentId;
  }
  const afterId = path.overlay?.toMessageId ?? (pins ? (path.pinned.at(-1)?.id ?? null) : null);
  return !firstKept || firstKept === afterId ? null : { toId: firstKept, afterId };
}
