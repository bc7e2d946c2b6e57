import type { AppContext } from "../../app-context.ts";
import { estimateTokens } from "../../platform/text/estimate-tokens.ts";
import type { ClaimedReply } from "./claim-reply.ts";
import { draftOf } from "./draft.ts";
import type { Written } from "./live-text.ts";

/** How far an attempt at a reply has come. */
export type Progress = Readonly<{
  /** With the draft that it went on from. */
  written: Written;
  /** Whether anything of it is its own. */
  hasBegun: boolean;
  elapsedMs: number;
}>;

/**
 * Whether a stopping worker hands a reply back at once, with `leftMs` of its time left: the next worker goes on with the text,
 * or there is none yet. It stays if nobody else could go on with it, or if it ends by its limit of tokens.
 */
export function leavesEarly(
  ctx: Pick<AppContext, "config" | "clock">,
  reply: Pick<ClaimedReply, "model" | "settings" | "draft">,
  { written, hasBegun, elapsedMs }: Progress,
  leftMs: number,
): boolean {
  if (!hasBegun) return true;
  if (draftOf(ctx, reply, written) === null) return false;
  const { maxReplyTokens } = reply.settings;
  if (maxReplyTokens === null) return true;
  const before = estimateTokens(reply.draft?.text ?? "");
  const tokens = estimateTokens(written.text + written.thought);
  const tokensLeft = Math.max(0, maxReplyTokens - tokens);
  const tokensPerMs = Math.max(1, tokens - before) / Math.max(1, elapsedMs);
  return tokensLeft / tokensPerMs > leftMs;
}
